import fc from "fast-check";
import { parseAllowlist } from "../../../contract/ranges.js";
import { ProjectResponse, type ProjectSettings } from "@palisade/neon/contract/wire/project";
import { computeChanges } from "../../../provider/engine/fields.js";
import { check } from "../../../provider/engine/check.js";
import {
  fromSettings,
  dropEndedEntries,
  isOverdue,
  type Network,
  computeNextRemoval,
  canonicalizeRanges,
  getRangeText,
  toFirstSettings,
  toSettings,
} from "../../../provider/resources/shared/network.js";
import * as projectSchema from "../../../provider/resources/project/schema.js";
import { hostOf } from "./host.js";

const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-06-01T00:00:00Z");

const entry = fc.tuple(
  fc.constantFrom("192.0.2.1", "192.0.2.0/24", "198.51.100.1-198.51.100.9", "2001:db8::/48"),
  fc.option(fc.integer({ min: -3, max: 3 })),
);
const network: fc.Arbitrary<Network> = fc
  .record({
    entries: fc.array(entry, { minLength: 1, maxLength: 6 }),
    scope: fc.constantFrom("all" as const, "protectedBranches" as const),
  })
  .map(({ entries, scope }) => ({
    allow: "listed",
    scope,
    ranges: entries.map(([range, hours]) =>
      hours === null ? range : { range, removeAfter: new Date(NOW + hours * HOUR_MS).toISOString() },
    ),
  }));
const moment = fc.integer({ min: -4, max: 4 }).map((hours) => NOW + hours * HOUR_MS + 1);

describe("whatever ends when", () => {
  it("what is sent is part of what is declared, holds nothing that has ended, and is never an empty list", () => {
    fc.assert(
      fc.property(network, moment, (given, now) => {
        for (const settings of [toSettings(dropEndedEntries(given, now)), toFirstSettings(dropEndedEntries(given, now))]) {
          const ips = settings.allowed_ips?.ips;
          expect(ips?.length).not.toBe(0);
          expect(ips === undefined ? settings.block_public_connections : true).toBe(true);
          const standing = canonicalizeRanges((given.ranges ?? []).filter((one) => !isOverdue(one, now)));
          expect(ips ?? []).toEqual(standing);
          expect(
            parseAllowlist((given.ranges ?? []).map(getRangeText)).set.contains(
              ips === undefined ? parseAllowlist(["x"]).set : parseAllowlist(ips).set,
            ),
          ).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("what was sent shows no difference to the program, and nothing more to remove until the next end", () => {
    const field = projectSchema.inputs.pick({ network: true });
    fc.assert(
      fc.property(network, moment, moment, (given, earlier, later) => {
        fc.pre(earlier <= later);
        const live: ProjectSettings = { ...toSettings(dropEndedEntries(given, earlier)), ...toSettings(dropEndedEntries(given, later)) };
        expect(computeChanges(field, { network: fromSettings(live, given, later) }, { network: given })).toEqual([]);
        const { nextRemovalAt } = computeNextRemoval(live, given.ranges);
        expect(nextRemovalAt === undefined || Date.parse(nextRemovalAt) > later).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("an entry that has ended and is live again is due at once", () => {
    const ended = [{ range: "192.0.2.1", removeAfter: "2026-01-01T00:00:00Z" }];
    expect(computeNextRemoval({ allowed_ips: { ips: ["192.0.2.1/32", "198.51.100.1"] } }, ended)).toEqual({
      nextRemovalAt: "2026-01-01T00:00:00.000Z",
    });
    // Another entry without an end holds the same range.
    expect(computeNextRemoval({ allowed_ips: { ips: ["192.0.2.1"] } }, [...ended, "192.0.2.1"])).toEqual({});
  });
});

it("a time that cannot be read is refused, and would not keep an entry either", () => {
  const args = {
    name: "x",
    regionId: "aws-eu-central-1",
    managedBy: "urn:x",
    network: { allow: "listed", ranges: [{ range: "192.0.2.1", removeAfter: "tomorrow" }] },
  };
  const { failures } = check({ inputs: projectSchema.inputs, rules: projectSchema.rules }, {}, args);
  const reason = 'must be a time such as 2026-01-31T12:00:00Z; it is "tomorrow"';
  expect(failures).toEqual([{ property: "network.ranges[0].removeAfter", reason }]);
  expect(isOverdue({ range: "192.0.2.1", removeAfter: "tomorrow" }, NOW)).toBe(true);
});

/** The clock of the provider, as far ahead as a test says. */
let aheadMs = 0;
beforeAll(() => {
  const real = Date.now.bind(Date);
  jest.spyOn(Date, "now").mockImplementation(() => real() + aheadMs);
});
afterAll(() => jest.restoreAllMocks());
beforeEach(() => (aheadMs = 0));

const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();
let calls = 0;
/** Two declarations of one resource would find each other's project. */
const another = () => `urn:${(calls += 1)}`;
const FOREVER = "203.0.113.0/24";
const BORN = { settings: { allowed_ips: { ips: ["198.51.100.77"] } } };

describe.each([
  [
    "Project",
    {},
    (ranges: unknown[]) => ({
      managedBy: another(),
      projectId: undefined,
      branchId: undefined,
      name: "x",
      regionId: "aws-eu-central-1",
      network: { allow: "listed", ranges },
    }),
  ],
  ["IpAllowlist", BORN, (ranges: unknown[]) => ({ branchId: undefined, allow: "listed", ranges })],
  ["IpAllowlistEntry", BORN, (ranges: unknown[]) => ({ branchId: undefined, ranges })],
] as const)("%s", (kind, born, argsOf) => {
  const host = hostOf(kind, born);
  const settingsOf = async (id: string) =>
    (await host.plane.api.ok(ProjectResponse, "GET", `/projects/${id.split("/")[0]}`)).project.settings ?? {};
  const ipsOf = async (id: string) => (await settingsOf(id)).allowed_ips?.ips ?? [];
  const others = kind === "IpAllowlistEntry" ? BORN.settings.allowed_ips.ips : [];

  it("sends an entry before its end, takes it out after it by time alone, and shows no drift of it", async () => {
    const declared = await host.checked(argsOf([FOREVER, { range: "192.0.2.1", description: "repair", removeAfter: inAnHour() }]));
    const made = await host.hooks.create(declared);
    expect(await ipsOf(made.id)).toEqual([...others, FOREVER, "192.0.2.1"]);
    expect((await host.hooks.diff(made.id, made.outs, declared)).changes).toBeUndefined();

    aheadMs = 2 * HOUR_MS;
    expect((await host.hooks.diff(made.id, made.outs, declared)).changes).toBe(true);
    const { outs } = await host.hooks.update(made.id, made.outs, declared);
    expect(await ipsOf(made.id)).toEqual([...others, FOREVER]);
    expect((await settingsOf(made.id)).block_public_connections ?? false).toBe(false);
    expect((await host.hooks.diff(made.id, outs, declared)).changes).toBeUndefined();
    expect((await host.hooks.read(made.id, outs)).inputs).toEqual(declared);
  });

  it("never sends what has ended by then", async () => {
    const declared = await host.checked(argsOf([FOREVER, { range: "192.0.2.1", removeAfter: "2020-01-01T00:00:00Z" }]));
    const made = await host.hooks.create(declared);
    expect(await ipsOf(made.id)).toEqual([...others, FOREVER]);
    expect((await host.hooks.diff(made.id, made.outs, declared)).changes).toBeUndefined();
  });

  it("admits nobody once all has ended, and the next entry alone comes in again", async () => {
    const ended = { range: "192.0.2.1", removeAfter: inAnHour() };
    const declared = await host.checked(argsOf([ended]));
    const made = await host.hooks.create(declared);
    if (kind === "IpAllowlistEntry")
      await host.plane.api.call("PATCH", `/projects/${host.projectId}`, { project: { settings: { allowed_ips: { ips: ["192.0.2.1"] } } } });
    aheadMs = 2 * HOUR_MS;
    const { outs } = await host.hooks.update(made.id, made.outs, declared);
    expect(await settingsOf(made.id)).toMatchObject({ block_public_connections: true });
    expect(await ipsOf(made.id)).not.toEqual([]);
    expect((await host.hooks.diff(made.id, outs, declared)).changes).toBeUndefined();
    expect((await host.hooks.read(made.id, outs)).inputs).toEqual(declared);

    const next = await host.checked(argsOf([ended, FOREVER]), declared);
    await host.hooks.update(made.id, outs, next);
    expect(await ipsOf(made.id)).toEqual([FOREVER]);
    // Who adds entries beside others does not own the block.
    expect((await settingsOf(made.id)).block_public_connections).toBe(kind === "IpAllowlistEntry");
  });
});
