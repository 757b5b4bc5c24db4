import fc from "fast-check";
import {
  updateHealth,
  DEFAULT_RULES,
  judgeHealth,
  type KeyHealth,
  type KeyCheckOutcome,
  createHealth,
  type RevocationRules,
} from "../../../control-plane/encryption/revocation.js";

const REFUSALS = ["denied", "disabled", "notFound", "pendingDeletion"] as const;
const TROUBLE = ["throttled", "unavailable"] as const;
const looks = fc.constantFrom<KeyCheckOutcome>("opened", ...REFUSALS, ...TROUBLE);
const rulesOf = fc.record({
  intervalMs: fc.integer({ min: 1_000, max: 600_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  lifeMs: fc.integer({ min: 0, max: 3_600_000 }),
  refusalsToSuspend: fc.integer({ min: 2, max: 4 }),
  onRevoked: fc.constantFrom("suspend" as const, "refuseStarts" as const),
});
const random = fc.double({ min: 0, max: 1, noNaN: true });

/** Looks at the moments they are due, from time 0. */
function follow(rules: RevocationRules, seen: readonly KeyCheckOutcome[], random = 0.5): { health: KeyHealth; now: number } {
  let [health, now] = [createHealth(0, rules, random), 0];
  for (const look of seen) {
    now = health.nextAt;
    health = updateHealth(health, look, now, rules, random);
  }
  return { health, now };
}
const verdict = (rules: RevocationRules, seen: readonly KeyCheckOutcome[]) => {
  const { health, now } = follow(rules, seen);
  return judgeHealth(health, now, rules);
};

it("one refusal refuses starts, two suspend, and an answer that opens ends both", () => {
  expect(verdict(DEFAULT_RULES, ["disabled"])).toEqual({ state: "refused", startsAllowed: false, suspended: false });
  expect(verdict(DEFAULT_RULES, ["disabled", "denied"])).toEqual({ state: "revoked", startsAllowed: false, suspended: true });
  expect(verdict(DEFAULT_RULES, ["disabled", "denied", "opened"])).toEqual({ state: "active", startsAllowed: true, suspended: false });
  expect(verdict({ ...DEFAULT_RULES, onRevoked: "refuseStarts" }, ["disabled", "disabled"])).toMatchObject({
    startsAllowed: false,
    suspended: false,
  });
});

it("trouble lets starts go on for the life of the key, and no longer", () => {
  const { health } = follow(DEFAULT_RULES, ["unavailable", "throttled"]);
  expect(judgeHealth(health, DEFAULT_RULES.lifeMs, DEFAULT_RULES)).toEqual({ state: "unavailable", startsAllowed: true, suspended: false });
  expect(judgeHealth(health, DEFAULT_RULES.lifeMs + 1, DEFAULT_RULES)).toEqual({
    state: "unavailable",
    startsAllowed: false,
    suspended: false,
  });
});

it("no trouble ever suspends, however long it lasts", () => {
  fc.assert(
    fc.property(rulesOf, fc.array(fc.constantFrom<KeyCheckOutcome>("opened", ...TROUBLE)), fc.nat(), (rules, seen, later) => {
      const { health, now } = follow(rules, seen);
      expect(judgeHealth(health, now + later, rules).suspended).toBe(false);
    }),
  );
});

it("whoever is suspended has been refused often enough since the key opened last, and by the latest refusal may not start", () => {
  fc.assert(
    fc.property(rulesOf, fc.array(looks, { maxLength: 30 }), (rules, seen) => {
      const since = seen.slice(seen.lastIndexOf("opened") + 1).filter((look) => (REFUSALS as readonly KeyCheckOutcome[]).includes(look));
      const { suspended, startsAllowed } = verdict(rules, seen);
      expect(suspended).toBe(rules.onRevoked === "suspend" && since.length >= rules.refusalsToSuspend);
      if (since.length > 0) expect(startsAllowed).toBe(false);
    }),
  );
});

it("a key that opens is active at once, whatever was before", () => {
  fc.assert(
    fc.property(rulesOf, fc.array(looks, { maxLength: 30 }), (rules, seen) => {
      expect(verdict(rules, [...seen, "opened"])).toEqual({ state: "active", startsAllowed: true, suspended: false });
    }),
  );
});

it("trouble between two refusals neither takes the first back nor counts as the second", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...REFUSALS),
      fc.constantFrom(...REFUSALS),
      fc.array(fc.constantFrom<KeyCheckOutcome>(...TROUBLE), { maxLength: 5 }),
      (first, second, trouble) => {
        expect(verdict(DEFAULT_RULES, [first, ...trouble]).state).toBe("refused");
        expect(verdict(DEFAULT_RULES, [first, ...trouble, second]).state).toBe("revoked");
      },
    ),
  );
});

it("the next look is within the jitter of the interval", () => {
  fc.assert(
    fc.property(rulesOf, random, fc.nat(), (rules, chance, now) => {
      const wait = createHealth(now, rules, chance).nextAt - now;
      expect(Math.abs(wait - rules.intervalMs)).toBeLessThanOrEqual(rules.intervalMs * rules.jitter + 1);
    }),
  );
});
