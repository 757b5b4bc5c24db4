import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { Role } from "../../../contract/wire/role.js";
import type { Properties, Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

type Outputs = Partial<z.output<typeof outputs>>;
type Inputs = z.output<typeof inputs>;

export const getRoleNames = (name: string): [string, string] => [`${name}_1`, `${name}_2`];

export const getOtherName = (name: string, current: string): string => {
  const [first, second] = getRoleNames(name);
  return current === first ? second : first;
};

/** @param pair those of the two roles that exist */
export const fromWire = (
  pair: readonly [Role, ...Role[]],
  { projectId, name }: { projectId: string; name: string },
  recorded: Properties & Outputs & Partial<Inputs>,
): Observed<typeof inputs, typeof outputs> & { outputs: { currentName: string } } => {
  const latest = pair.reduce((a, b) => (b.updated_at > a.updated_at ? b : a));
  const present = pair.some((role) => role.name === recorded.currentName);
  const currentRotation = recorded.currentRotation ?? recorded.rotation;
  return {
    inputs: omitUndefined({
      projectId: ProjectId.parse(projectId),
      branchId: latest.branch_id,
      name,
      // Without its current role the login was rotated for nothing: the next update recreates it.
      rotation: present || recorded.currentName === undefined ? currentRotation : undefined,
      keepPreviousSeconds: recorded.keepPreviousSeconds ?? 0,
      revealPassword: recorded.revealPassword === true,
    }),
    outputs: {
      currentName: recorded.currentName ?? latest.name,
      previousName: recorded.previousName,
      rotatedAt: recorded.rotatedAt,
      ...(currentRotation !== undefined && { currentRotation }),
    },
  };
};

/** Milliseconds since 1970 at which the previous password may end; never without one. */
export const computeOverlapEnd = ({ previousName, rotatedAt }: Outputs, keepPreviousSeconds: number): number =>
  previousName === undefined || rotatedAt === undefined ? Infinity : Date.parse(rotatedAt) + keepPreviousSeconds * 1_000;
