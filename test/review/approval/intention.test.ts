import { Intention, findBeyondApproval, buildIntention } from "../../../review/approval/intention.js";
import { readPreview } from "../../../review/change/previewEvents.js";
import { judge } from "../../../review/change/judge.js";
import { buildChange } from "../../../review/change/change.js";
import { parsePlan, parseState } from "../../../review/change/state.js";
import { toTypeToken, buildStream, type StreamOptions, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** What is left of a change after its update failed, against what was approved. */

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const project = (ranges: readonly string[] | undefined, id?: string): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  ...(id !== undefined && { id }),
  inputs: {
    name: "shop",
    regionId: "aws-eu-central-1",
    network: ranges ? { allow: "listed", ranges } : { allow: "nobody", privateEndpoints: "blocked" },
  },
  ...(id !== undefined && { outputs: { defaultBranchId: "br-quiet-lake-12345678" } }),
});
const branch = (projectId: string, name = "dev"): WrittenResource => ({
  type: toTypeToken("Branch"),
  name,
  id: "b",
  inputs: { projectId, name, protected: true },
  origins: { projectId: ["shop"] },
});
const OFFICE = ["203.0.113.0/24"];

async function judged(before: readonly WrittenResource[], after: readonly WrittenResource[], told?: StreamOptions) {
  const { events, state, plan } = buildStream(before, after, told);
  async function* lines() {
    await Promise.resolve();
    for (const event of events) yield `${event}\n`;
  }
  const change = buildChange({ preview: await readPreview(lines()), state: parseState(state), goals: parsePlan(plan).goals });
  return [change, judge(change)] as const;
}
async function left(approved: Parameters<typeof judged>, rest: Parameters<typeof judged>) {
  const intention = Intention.parse(JSON.parse(JSON.stringify(buildIntention(...(await judged(...approved))))));
  return findBeyondApproval(intention, ...(await judged(...rest)));
}

const first: Parameters<typeof judged> = [[], [project(OFFICE), branch(UNKNOWN)]];

test("the same again, or a part of it with what is known by now, is what was approved", async () => {
  expect(await left(first, first)).toBeUndefined();
  expect(await left(first, [[project(OFFICE, "p-1")], [project(OFFICE, "p-1"), branch("p-1")]])).toBeUndefined();
  expect(await left(first, [[project(OFFICE, "p-1")], [project(OFFICE, "p-1")]])).toBeUndefined();
});

test("a further resource, another value, or a deletion goes beyond it", async () => {
  expect(await left(first, [[], [project(OFFICE), branch(UNKNOWN), branch(UNKNOWN, "more")]])).toBe("more was not to change");
  expect(await left(first, [[], [project([...OFFICE, "198.51.100.0/24"]), branch(UNKNOWN)]])).toBe("shop was to become something else");
  const both = [project(OFFICE, "p-1"), branch("p-1")];
  expect(await left(first, [both, [project(OFFICE, "p-1")]])).toBe("dev was not to be deleted");
  expect(await left(first, [both, both, { replaced: ["dev"] }])).toBe("dev was not to be recreated");
});

test("what was approved to go may go, and nothing that was read is asked for twice", async () => {
  const both = [project(OFFICE, "p-1"), branch("p-1")];
  const removal: Parameters<typeof judged> = [both, [project(OFFICE, "p-1")]];
  expect(await left(removal, removal)).toBeUndefined();
});

test("a finding or an unclear part that the approver did not read goes beyond it", async () => {
  const [change, review] = await judged(...first);
  const intention = buildIntention(change, review);
  const finding = {
    ...review.findings[0],
    rule: "opened-to-everyone",
    severity: "high",
    direction: "opens",
  } as (typeof review.findings)[number];
  expect(findBeyondApproval(intention, change, { ...review, findings: [finding] })).toMatch(/opened-to-everyone at .* was not found then/);
  expect(findBeyondApproval(intention, change, { ...review, unjudged: [{ urn: "u", why: "it is secret" }] })).toBe(
    "a further part cannot be judged: it is secret",
  );
});
