import fc from "fast-check";
import { type AddressSet, parseAllowlist } from "../../../contract/ranges.js";
import { computeDataReach, containsReach } from "../../../contract/reachability.js";
import { UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";
import { getReaches } from "../../../review/reachability/computeReach.js";
import type { Review } from "../../../review/change/judge.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Laws of the verdict, over made-up lists: they hold whatever the spelling. */

const ID = "quiet-lake-12345678";
const project = (ranges: unknown, more: object = {}): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: ID,
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges, ...more }, defaultBranch: { protected: true } },
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
});
const dev: WrittenResource = {
  type: toTypeToken("Branch"),
  name: "dev",
  id: `${ID}/br-still-sea-12345678`,
  inputs: { projectId: ID, name: "dev" },
};

const reviewOf = (before: unknown, after: unknown, more: object = {}): Promise<Review> =>
  reviewStream(buildStream([project(before, more), dev], [project(after, more), dev]));
const reaching = ({ findings }: Review, direction: string) =>
  findings.filter((finding) => finding.direction === direction && finding.addresses !== undefined);

const v4 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
/** Few different numbers, so that lists overlap, touch and repeat. */
const Start = fc.integer({ min: 0, max: 63 }).map((index) => 0xcb007100 + index * 4);
const Range = fc.oneof(
  Start.map(v4),
  fc
    .tuple(Start, fc.integer({ min: 24, max: 32 }))
    .map(([start, bits]) => `${v4((start & (bits === 0 ? 0 : -1 << (32 - bits))) >>> 0)}/${bits}`),
  fc.tuple(Start, fc.integer({ min: 0, max: 40 })).map(([start, more]) => `${v4(start)}-${v4(start + more)}`),
  fc.integer({ min: 0, max: 7 }).map((index) => `2001:db8:${index}::/48`),
);
const List = fc.uniqueArray(Range, { minLength: 1, maxLength: 6 });
const setOf = (ranges: readonly string[]): AddressSet => parseAllowlist(ranges).set;

/** The same addresses in other words: pieces, whole ranges, mapped, repeated, turned round. */
const respelled = (ranges: readonly string[]) =>
  fc.tuple(fc.shuffledSubarray([...ranges], { minLength: ranges.length }), fc.boolean(), fc.boolean()).map(([turned, merged, twice]) => {
    const words = merged ? setOf(turned).toRanges() : turned;
    const mapped = words.map((word) => (/^[\d.]+$/.test(word) ? `::ffff:${word}` : word));
    return twice ? [...mapped, ...turned] : mapped;
  });

const RUNS = { numRuns: 100 };

describe("a change of a list", () => {
  it("opens exactly when an address comes in, and closes exactly when some go and none come", async () => {
    await fc.assert(
      fc.asyncProperty(List, List, async (before, after) => {
        const review = await reviewOf(before, after);
        const [was, is] = [setOf(before), setOf(after)];
        expect(reaching(review, "opens").length > 0).toBe(!was.contains(is));
        expect(reaching(review, "closes").length > 0).toBe(was.contains(is) && !is.contains(was));
        expect(review.verdict === "approve").toBe(was.contains(is));
      }),
      RUNS,
    );
  });

  it("means the same in every spelling", async () => {
    const Spelled = fc
      .tuple(List, List)
      .chain(([before, after]) => fc.tuple(fc.constant([before, after] as const), respelled(before), respelled(after)));
    await fc.assert(
      fc.asyncProperty(Spelled, async ([[before, after], otherBefore, otherAfter]) => {
        const [plain, spelled] = [await reviewOf(before, after), await reviewOf(otherBefore, otherAfter)];
        expect(spelled.verdict).toBe(plain.verdict);
        expect(spelled.findings.map(({ rule, before: was, after: is }) => [rule, was, is])).toEqual(
          plain.findings.map(({ rule, before: was, after: is }) => [rule, was, is]),
        );
      }),
      RUNS,
    );
  });

  it("names a witness that comes in, and is not let in by the list before", async () => {
    await fc.assert(
      fc.asyncProperty(List, List, async (before, after) => {
        for (const { addresses } of reaching(await reviewOf(before, after), "opens")) {
          expect(setOf(after).has(addresses?.witness ?? "")).toBe(true);
          expect(setOf(before).has(addresses?.witness ?? "")).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it("is never approved while any part of it is known only after the update", async () => {
    const Hidden = fc
      .tuple(List, List, fc.nat())
      .map(([before, after, at]) => [before, after.map((range, index) => (index === at % after.length ? UNKNOWN : range))] as const);
    await fc.assert(
      fc.asyncProperty(Hidden, async ([before, after]) => {
        const review = await reviewOf(before, after);
        expect(review.verdict).not.toBe("approve");
        expect(review.unjudged).not.toEqual([]);
      }),
      RUNS,
    );
  });

  it("with a scope that guards protected branches alone opens what it opens for them", async () => {
    await fc.assert(
      fc.asyncProperty(List, List, async (before, after) => {
        const review = await reviewOf(before, after, { scope: "protectedBranches" });
        expect(reaching(review, "opens").length > 0).toBe(!setOf(before).contains(setOf(after)));
      }),
      RUNS,
    );
  });
});

it("the reach of a branch's rows is what the contract says of it", () => {
  const Branch = fc.record({
    protected: fc.boolean(),
    schemaOnly: fc.boolean(),
    parent: fc.nat(),
    running: fc.boolean(),
    disabled: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(Branch, { minLength: 1, maxLength: 12 }), fc.boolean(), (made, protectedBranchesOnly) => {
      const branches = made.map((one, index) => ({
        id: `b${index}`,
        protected: one.protected,
        schemaOnly: one.schemaOnly,
        ...(index > 0 && { parentId: `b${one.parent % index}` }),
      }));
      const computes = made.flatMap((one, index) =>
        one.running ? [{ id: `c${index}`, branchId: `b${index}`, disabled: one.disabled }] : [],
      );
      const facts = {
        ips: ["203.0.113.0/24"],
        protectedBranchesOnly,
        blockPublicConnections: false,
        blockVpcConnections: false,
        vpcRestrictions: [],
        assignedVpcEndpoints: ["vpce-1"],
      };
      const reaches = getReaches({ facts, branches, computes });
      for (const branch of branches) {
        const expected = computeDataReach(facts, branch, branches, computes);
        const found = reaches.get(branch.id)?.dataReach;
        expect(found !== undefined && containsReach(found, expected) && containsReach(expected, found)).toBe(true);
      }
    }),
  );
});
