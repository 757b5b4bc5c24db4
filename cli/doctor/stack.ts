import { randomUUID } from "node:crypto";
import { storedProvider } from "../../contract/stored.js";
import { classOf } from "../../contract/typeToken.js";
import type { Configuration } from "../../provider/client/configuration.js";
import type { Origin } from "../../provider/engine/session.js";
import { kindOf } from "../../provider/resources/kind.js";
import { isBag } from "../../provider/resources/settled.js";
import type { Recorded } from "../../review/change/state.js";
import { setConfig } from "../pulumi/config.js";
import { recordedState } from "../pulumi/export.js";
import type { Target } from "../pulumi/target.js";
import { type Check, fail, ok, skip, warn } from "./checks.js";

/** The stack's own UUID, without which nothing left by a crash is taken over. */
export async function stackId(target: Target, { stackId: present }: Configuration, fix: boolean): Promise<Check> {
  if (present !== undefined) return ok("palisade:stackId", present);
  if (!fix)
    return warn(
      "palisade:stackId",
      "not configured",
      "Run palisade doctor --fix: with it an `up` takes over what an interrupted one has made",
    );
  const made = randomUUID();
  await setConfig(target, "palisade:stackId", made);
  return ok("palisade:stackId", `${made}, written now`);
}

/** The text in the state is code that the next refresh runs; it must be ours, letter for letter. And every resource must live where the configuration points. */
export async function state(target: Target, origin: Origin | undefined): Promise<Check[]> {
  const ours = (await recordedState(target)).resources.filter(({ type }) => classOf(type) !== undefined);
  if (ours.length === 0) return [skip("state", "holds no resource of Palisade")];
  const changed = ours.filter(({ type, inputs, outputs }) => {
    const kind = kindOf(type);
    const texts = [inputs["__provider"], outputs["__provider"]].filter((text) => text !== undefined);
    return kind === undefined || texts.length === 0 || texts.some((text) => text !== storedProvider(kind));
  });
  const elsewhere = ours.filter(
    ({ outputs: { origin: made } }) => origin && isBag(made) && (made["host"] !== origin.host || made["accountId"] !== origin.accountId),
  );
  const list = (resources: readonly Recorded[]) => resources.map(({ urn }) => urn).join(", ");
  return [
    changed.length === 0
      ? ok("stored code", `${ours.length} resource${ours.length === 1 ? "" : "s"}, each with the known constant`)
      : fail(
          "stored code",
          `not the known constant in ${list(changed)}`,
          "Run nothing with this state before you know who changed it: refresh and destroy execute that text",
        ),
    origin === undefined
      ? skip("origin", "the control API was not reached")
      : elsewhere.length === 0
        ? ok("origin", `${origin.host}, ${origin.accountId}`)
        : fail("origin", `${list(elsewhere)} made elsewhere`, "Select the account they were made in: they are refused with this one"),
  ];
}
