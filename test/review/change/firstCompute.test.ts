import { UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";
import type { Review } from "../../../review/change/judge.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** The compute that a project is born with is a way to its default branch: who turns it on opens that. */

const ID = "quiet-lake-12345678";
const MAIN = "br-quiet-lake-12345678";
const shop = (compute?: unknown, network: object = { allow: "listed", ranges: ["203.0.113.0/24"] }): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: ID,
  outputs: { defaultBranchId: MAIN },
  inputs: { name: "shop", regionId: "aws-eu-central-1", network, ...(compute !== undefined && { defaultBranch: { compute } }) },
});
const judged = (before: readonly WrittenResource[], after: readonly WrittenResource[]): Promise<Review> =>
  reviewStream(buildStream(before, after), { nowMs: Date.parse("2026-06-01T00:00:00Z") });
const rules = ({ findings }: Review) => findings.map(({ rule }) => rule);

it("enabled it opens the branch, disabled it closes it", async () => {
  const opened = await judged([shop({ disabled: true })], [shop({ disabled: false })]);
  expect([opened.verdict, rules(opened)]).toEqual(["needsReview", ["access-widened", "private-access-widened"]]);
  expect(opened.findings.every(({ direction }) => direction === "opens")).toBe(true);
  const { findings } = await judged([shop({ disabled: false })], [shop({ disabled: true })]);
  expect([...new Set(findings.map(({ direction }) => direction))]).toEqual(["closes"]);
});

it("enabled while the list admits everybody it is blocked", async () => {
  const anywhere = { allow: "anywhere" };
  expect((await judged([shop({ disabled: true }, anywhere)], [shop({ disabled: false }, anywhere)])).verdict).toBe("block");
});

it("enabled by a value that nobody can read it counts as on", async () => {
  expect((await judged([shop({ disabled: true })], [shop({ disabled: UNKNOWN })])).verdict).not.toBe("approve");
});

it("declared for the first time it may have been off, or gone", async () => {
  expect(rules(await judged([shop()], [shop({ disabled: false })]))).toContain("left-until-now");
  expect(rules(await judged([shop()], [shop({ maxCu: 2 })]))).toContain("left-until-now");
  expect((await judged([shop({ maxCu: 2 })], [shop({ maxCu: 4 })])).verdict).toBe("approve");
});

it("declared by a second resource it is told", async () => {
  const second: WrittenResource = {
    type: toTypeToken("ComputeEndpoint"),
    name: "second",
    id: `${ID}/ep-quiet-lake-12345678`,
    inputs: { projectId: ID, branchId: MAIN, type: "read_write", disabled: true },
  };
  expect(rules(await judged([shop()], [shop({ disabled: true }), second]))).toContain("declared-twice");
  expect(rules(await judged([shop()], [shop(), second]))).not.toContain("declared-twice");
});
