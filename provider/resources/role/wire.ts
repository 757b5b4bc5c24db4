import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import type { Role } from "../../../contract/wire/role.js";
import type { Properties, Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

const NO_LOGIN = "no_login";

export const toCreate = ({ name, login }: Inputs) => ({ role: { name, ...(!login && { no_login: true }) } });

export const fromWire = (
  role: Role,
  projectId: string,
  recorded: Properties,
  secret: { password?: string | undefined },
): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    projectId: ProjectId.parse(projectId),
    branchId: role.branch_id,
    name: role.name,
    login: role.authentication_method !== NO_LOGIN,
    revealPassword: recorded["revealPassword"] === true,
  },
  outputs: secret,
});
