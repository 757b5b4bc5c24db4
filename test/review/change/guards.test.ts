import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** One rule for all guards: alone they need review, and together with harm they block. */

const ID = "quiet-lake-12345678";
const shop = (ranges: readonly string[], isProtected: boolean): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: ID,
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
  inputs: {
    name: "shop",
    regionId: "aws-eu-central-1",
    defaultBranch: { protected: isProtected },
    network: { allow: "listed", ranges, scope: "all", privateEndpoints: "blocked" },
  },
});
const dev: WrittenResource = {
  type: toTypeToken("Branch"),
  name: "dev",
  id: `${ID}/br-still-sea-12345678`,
  inputs: { projectId: ID, name: "dev" },
  origins: { projectId: ["shop"] },
};
const OFFICE = ["203.0.113.0/24"];

async function judged(before: readonly WrittenResource[], after: readonly WrittenResource[]) {
  const { verdict, findings } = await reviewStream(buildStream(before, after));
  return { verdict, guard: findings.find(({ rule }) => rule === "unprotected")?.severity };
}

test("protection that is taken off in a change of its own needs review, as the remedy asks for", async () => {
  expect(await judged([shop(OFFICE, true), dev], [shop(OFFICE, false), dev])).toEqual({ verdict: "needsReview", guard: "medium" });
});

test("together with a widening it blocks", async () => {
  expect(await judged([shop(OFFICE, true)], [shop([...OFFICE, "198.51.100.7"], false)])).toEqual({ verdict: "block", guard: "high" });
});

test("together with a deletion it blocks", async () => {
  expect(await judged([shop(OFFICE, true), dev], [shop(OFFICE, false)])).toEqual({ verdict: "block", guard: "high" });
});

test("together with a narrowing it needs review", async () => {
  expect(await judged([shop([...OFFICE, "198.51.100.7"], true)], [shop(OFFICE, false)])).toMatchObject({ guard: "medium" });
});
