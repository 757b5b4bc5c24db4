import { ATTACKS } from "../../tools/attacks/attacks.js";
import { type Attack, reportHeld, reportThrough } from "../../tools/attacks/attack.js";
import { fuzz } from "../../tools/attacks/fuzz.js";
import { AttackTarget } from "../../tools/attacks/attackTarget.js";
import { type KindName, KINDS } from "../../tools/attacks/kinds.js";
import { filterSuccessful, formatLines, tryAll } from "../../tools/attacks/runAttacks.js";
import { TEST_PLANE_OPTIONS, type StartPlane } from "../../tools/reliability/testPlane.js";
import { startPlane } from "../../control-plane/index.js";

/** From the sources, not the built package. */
const start: StartPlane = (options) => startPlane({ ...TEST_PLANE_OPTIONS, ...options });

/** Half a minute each where nothing else runs; a machine that is busy with other tests takes its time. */
const DEADLINE_MS = 300_000;

/** Those that take a moment: all of a kind, or as many as say something of it. `npm run attacks` tries them all. */
const MOST: Partial<Record<KindName, number>> = { traps: 1, copies: 1, ended: 2, temporary: 6, files: 2, directory: 6 };
const SELECTED: Record<KindName, number> = { ...everyKind(8), ...MOST };

function everyKind(count: number): Record<KindName, number> {
  return Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, count])) as Record<KindName, number>;
}

/** Spread over the whole list of the kind. */
function spread(attacks: readonly Attack[], count: number): Attack[] {
  const step = Math.max(1, attacks.length / count);
  return Array.from({ length: Math.min(count, attacks.length) }, (_, at) => attacks[Math.floor(at * step)] as Attack);
}

describe("the attacks", () => {
  it("are many, of many kinds, each with a name of its own and a gain", () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(150);
    expect(new Set(ATTACKS.map(({ kind }) => kind)).size).toBe(Object.keys(KINDS).length);
    const names = ATTACKS.map(({ kind, name }) => `${kind}: ${name}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(ATTACKS.filter(({ name, gain }) => name === "" || gain === "")).toEqual([]);
  });

  it(
    "do not get through: some of each kind",
    async () => {
      const selected = (Object.keys(KINDS) as KindName[]).flatMap((kind) =>
        spread(
          ATTACKS.filter((attack) => attack.kind === kind),
          SELECTED[kind],
        ),
      );
      const tried = await AttackTarget.runWith(start, (target) => tryAll(target, selected));
      expect(filterSuccessful(tried).map(({ attack, outcome }) => [attack.name, outcome.through])).toEqual([]);
      expect(tried).toHaveLength(selected.length);
    },
    DEADLINE_MS,
  );
});

describe("the report", () => {
  const attack = (tried: Attack["attempt"]): Attack => ({ kind: "http", name: "one", gain: "x", attempt: tried });

  it("counts what got through, and failed attempts as well", async () => {
    const tried = await tryAll(Object.create(AttackTarget.prototype) as AttackTarget, [
      attack(() => Promise.resolve(reportHeld("so"))),
      attack(() => Promise.resolve(reportThrough("the door was open"))),
      attack(() => Promise.reject(new Error("no answer"))),
    ]);
    expect(filterSuccessful(tried).map(({ outcome }) => outcome.through)).toEqual(["the door was open", "the try failed: no answer"]);
    expect(formatLines(tried)).toEqual([
      `   3 tried    2 through  ${KINDS.http.title}`,
      "       THROUGH  one: the door was open",
      "       THROUGH  one: the try failed: no answer",
    ]);
  });
});

it(
  "random statements of a tenant between the acts of the plane give no power, no rows and no branch that cannot be reached",
  async () => {
    expect(await AttackTarget.runWith(start, (target) => fuzz(target, 20, 7))).toEqual([]);
  },
  DEADLINE_MS,
);
