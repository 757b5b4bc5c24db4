import { randomUUID } from "node:crypto";
import { buildStoredProvider } from "../../contract/stored.js";
import { parseClassName } from "../../contract/typeToken.js";
import type { Configuration } from "../../provider/client/configuration.js";
import type { Origin } from "../../provider/engine/session.js";
import { findKind } from "../../provider/resources/shared/kind.js";
import { isProperties } from "../../provider/resources/shared/mergeInputs.js";
import type { RecordedResource } from "../../review/change/state.js";
import { setConfig } from "../pulumi/config.js";
import { readRecordedState } from "../pulumi/export.js";
import type { StackTarget } from "../pulumi/target.js";
import { type Check, fail, pass, skip, warn } from "./checks.js";

/** The stack's own UUID, without which nothing left by a crash is taken over. */
export async function checkStackId(target: StackTarget, { stackId: present }: Configuration, fix: boolean): Promise<Check> {
  if (present !== undefined) return pass("palisade:stackId", present);
  if (!fix)
    return warn(
      "palisade:stackId",
      "not configured",
      "Run palisade doctor --fix: with it an `up` takes over what an interrupted one has made",
    );
  const made = randomUUID();
  await setConfig(target, "palisade:stackId", made);
  return pass("palisade:stackId", `${made}, written now`);
}

/** The text in the state is code that the next refresh runs; it must be ours, letter for letter. And every resource must live where the configuration points. */
export async function checkState(target: StackTarget, origin: Origin | undefined): Promise<Check[]> {
  const ours = (await readRecordedState(target)).resources.filter(({ type }) => parseClassName(type) !== undefined);
  if (ours.length === 0) return [skip("state", "holds no resource of Palisade")];
  const changed = ours.filter(({ type, inputs, outputs }) => {
    const kind = findKind(type);
    const texts = [inputs["__provider"], outputs["__provider"]].filter((text) => text !== undefined);
    return kind === undefined || texts.length === 0 || texts.some((text) => text !== buildStoredProvider(kind));
  });
  const elsewhere = ours.filter(
    ({ outputs: { origin: made } }) =>
      origin && isProperties(made) && (made["host"] !== origin.host || made["accountId"] !== origin.accountId),
  );
  const list = (resources: readonly RecordedResource[]) => resources.map(({ urn }) => urn).join(", ");
  return [
    changed.length === 0
      ? pass("stored code", `${ours.length} resource${ours.length === 1 ? "" : "s"}, each with the known constant`)
      : fail(
          "stored code",
          `not the known constant in ${list(changed)}`,
          "Run nothing with this state before you know who changed it: refresh and destroy execute that text",
        ),
    origin === undefined
      ? skip("origin", "the control API was not reached")
      : elsewhere.length === 0
        ? pass("origin", `${origin.host}, ${origin.accountId}`)
        : fail("origin", `${list(elsewhere)} created elsewhere`, "Select the account they were created in: this one is refused"),
  ];
}
