import { Intention, beyond, intentionOf } from "../../../review/approval/intention.js";
import { readPreview } from "../../../review/change/events.js";
import { judge } from "../../../review/change/judge.js";
import { changeOf } from "../../../review/change/model.js";
import { readPlan, readState } from "../../../review/change/state.js";
import { ours, streamOf, type Told, type Written } from "../../../tools/corpus/written.js";

/** What is left of a change after its update failed, against what was approved. */

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const project = (ranges: readonly string[] | undefined, id?: string): Written => ({
  ...{ type: ours("Project"), name: "shop", ...(id !== undefined && { id }) },
  inputs: {
    ...{ name: "shop", regionId: "aws-eu-central-1" },
    network: ranges ? { allow: "listed", ranges } : { allow: "nobody", privateEndpoints: "blocked" },
  },
  ...(id !== undefined && { outputs: { defaultBranchId: "br-quiet-lake-12345678" } }),
});
const branch = (projectId: string, name = "dev"): Written => ({
  ...{ type: ours("Branch"), name, id: "b" },
  ...{ inputs: { projectId, name, protected: true }, origins: { projectId: ["shop"] } },
});
const OFFICE = ["203.0.113.0/24"];

async function judged(before: readonly Written[], after: readonly Written[], told?: Told) {
  const { events, state, plan } = streamOf(before, after, told);
  async function* lines() {
    await Promise.resolve();
    for (const event of events) yield `${event}\n`;
  }
  const change = changeOf({ preview: await readPreview(lines()), state: readState(state), goals: readPlan(plan).goals });
  return [change, judge(change)] as const;
}
async function left(approved: Parameters<typeof judged>, rest: Parameters<typeof judged>) {
  const intention = Intention.parse(JSON.parse(JSON.stringify(intentionOf(...(await judged(...approved))))));
  return beyond(intention, ...(await judged(...rest)));
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
  expect(await left(first, [both, both, { replaced: ["dev"] }])).toBe("dev was not to be made anew");
});

test("what was approved to go may go, and nothing that was read is asked for twice", async () => {
  const both = [project(OFFICE, "p-1"), branch("p-1")];
  const removal: Parameters<typeof judged> = [both, [project(OFFICE, "p-1")]];
  expect(await left(removal, removal)).toBeUndefined();
});

test("a finding or an unclear part that the approver did not read goes beyond it", async () => {
  const [change, review] = await judged(...first);
  const intention = intentionOf(change, review);
  const finding = {
    ...review.findings[0],
    rule: "opened-to-everyone",
    severity: "high",
    direction: "opens",
  } as (typeof review.findings)[number];
  expect(beyond(intention, change, { ...review, findings: [finding] })).toMatch(/opened-to-everyone at .* was not found then/);
  expect(beyond(intention, change, { ...review, unjudged: [{ urn: "u", why: "it is secret" }] })).toBe(
    "a further part cannot be judged: it is secret",
  );
});
