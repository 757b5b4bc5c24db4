import { ProjectId } from "../../../contract/ids.js";
import { type ProjectPermission, ProjectRole } from "../../../contract/wire/projectPermission.js";
import type { Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

export const fromWire = (
  permission: ProjectPermission,
  projectId: string,
  role: string | undefined,
): Observed<typeof inputs, typeof outputs> => {
  const level = ProjectRole.safeParse(role).data;
  return {
    inputs: { projectId: ProjectId.parse(projectId), email: permission.granted_to_email, ...(level && { level }) },
    outputs: { grantedAt: permission.granted_at },
  };
};
