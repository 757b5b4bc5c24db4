import type { z } from "zod";
import { isNeonHost } from "../../../contract/account.js";
import { ProjectId } from "../../../contract/ids.js";
import type { TemporaryAccess, TemporaryAccessRequest } from "../../../contract/wire/temporaryAccess.js";
import type { Observed, Properties } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

export const toRequest = ({ databaseName, privileges, until, reason, requester, approval = "" }: Inputs): TemporaryAccessRequest => ({
  temporary_access: { database_name: databaseName, privileges, until, reason, requester, approval },
});

/** The approval is kept by nobody but the program. */
export function fromWire(access: TemporaryAccess, recorded: Properties): Observed<typeof inputs, typeof outputs> {
  const { project_id, branch_id, role_name, database_name, privileges, until, reason, requester, approver, status } = access;
  const approval = recorded["approval"];
  return {
    inputs: {
      projectId: ProjectId.parse(project_id),
      branchId: branch_id,
      databaseName: database_name,
      roleName: role_name,
      ...{ privileges, until, reason, requester },
      ...(typeof approval === "string" && { approval }),
      revealPassword: recorded["revealPassword"] === true,
    },
    outputs: { status, approver },
  };
}

/** Whether its time is over and nobody has ended it. Of a plane never: that does it by itself. @param recorded inputs and outputs */
export function isEndOverdue({ origin, until, status }: Properties, nowMs: number): boolean {
  const { host } = (origin ?? {}) as { host?: unknown };
  return typeof host === "string" && isNeonHost(host) && status !== "ended" && Date.parse(String(until)) <= nowMs;
}
