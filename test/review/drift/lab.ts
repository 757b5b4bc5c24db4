import type { Kind } from "../../../provider/resources/index.js";
import type { Properties } from "../../../provider/resources/shared/mergeInputs.js";
import type { ManagedResource } from "../../../review/drift/appliedRecord.js";
import { type AccountDrift, detectDrift } from "../../../review/drift/drift.js";
import type { DriftFinding } from "../../../review/drift/driftItem.js";
import type { TestPlane } from "../../support/plane.js";

/** What drift's tests share: resources as a state would hold them, and a run against a plane. */

export const managed = (kind: Kind, id: string, inputs: Properties, outputs: Properties = {}): ManagedResource => ({
  urn: `urn:pulumi:dev::test::pulumi-nodejs:dynamic/palisade:${kind}::${id}`,
  kind,
  id,
  name: id,
  inputs,
  outputs,
  account: undefined,
});

export async function driftOf(plane: TestPlane, own: readonly ManagedResource[], nowMs = Date.now()): Promise<AccountDrift> {
  const { apiUrl, apiKey, orgId } = plane.ready;
  return detectDrift({ apiUrl, apiKey, orgId }, { own, all: own, nowMs, progress: () => undefined });
}

/** Keys and people of the plane itself, and projects of other tests, are not what a test is about. */
export const about = (projectId: string, { judged }: AccountDrift): DriftFinding[] =>
  judged.map(({ finding }) => finding).filter(({ resource }) => resource.id.split("/")[0] === projectId);

/** `rule direction` of each, sorted. */
export const told = (findings: readonly DriftFinding[]): string[] => findings.map(({ rule, direction }) => `${rule} ${direction}`).sort();
