import { OrgId } from "../../../contract/ids.js";
import { MemberRole } from "../../../contract/wire/member.js";
import type { Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

/** A role that this release does not know shows as none: an update sets the declared one. */
export const fromWire = (
  { orgId, email }: { orgId: string; email: string },
  role: string,
  state: "invited" | "member",
): Observed<typeof inputs, typeof outputs> => {
  const known = MemberRole.safeParse(role).data;
  return { inputs: { orgId: OrgId.parse(orgId), email, ...(known && { role: known }) }, outputs: { state } };
};
