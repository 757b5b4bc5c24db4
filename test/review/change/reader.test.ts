import { Readable } from "node:stream";
import { readPreview } from "../../../review/change/previewEvents.js";
import { judge } from "../../../review/change/judge.js";
import { buildChange } from "../../../review/change/change.js";
import { formatUnreadableReason } from "../../../review/change/unreadable.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Streams as the engine 3.245 writes them for what is read, replaced, left over or refused by a policy. */

const URN = `urn:pulumi:dev::shop::${toTypeToken("Project")}::shop`;
const side = (more: object) => ({
  type: toTypeToken("Project"),
  urn: URN,
  custom: true,
  id: "quiet-lake-12345678",
  outputs: {},
  inputs: { __provider: 'exports.handler=()=>require("@palisade/neon/provider").Project' },
  ...more,
});

interface Given {
  readonly op: string;
  readonly logical?: boolean;
  readonly old?: object;
  readonly new?: object;
  readonly type?: string;
}
const stepOf = ({ op, logical = true, old, new: next, type = toTypeToken("Project") }: Given) => ({
  op,
  urn: URN.replace(toTypeToken("Project"), type),
  type,
  logical,
  old: old ? side({ type, ...old }) : null,
  new: next ? side({ type, ...next }) : null,
});

function lines(
  steps: readonly Given[],
  counts: Record<string, number>,
  { further = [], result = "succeeded" }: { further?: object[]; result?: string } = {},
) {
  const events = [
    { preludeEvent: { config: {} } },
    ...steps.flatMap((given) =>
      ["resourcePreEvent", "resOutputsEvent"].map((kind) => ({ [kind]: { metadata: stepOf(given), planning: true } })),
    ),
    ...further,
    { summaryEvent: { resourceChanges: counts, isPreview: true, result, PolicyPacks: { acme: "1.0.0" } } },
  ];
  return Readable.from(events.map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 1, ...event })}\n`));
}
const changeIn = async (...given: Parameters<typeof lines>) => buildChange({ preview: await readPreview(lines(...given)) });

const EXTERNAL = { external: true };

test("what is only read may be missing in the summary, and nothing may be counted that is not there", async () => {
  const read: Given = { op: "read", new: EXTERNAL };
  for (const counts of [{}, { read: 1 }]) expect((await changeIn([read], counts)).resources.map(({ op }) => op)).toEqual(["read"]);
  await expect(changeIn([read], { read: 2 })).rejects.toMatchObject({ code: "PAL_PREVIEW_INCOMPLETE" });
  await expect(changeIn([{ op: "create", new: {} }], {})).rejects.toMatchObject({ code: "PAL_PREVIEW_INCOMPLETE" });
});

test("what was read and is then managed is created: nothing of it is destroyed", async () => {
  const steps: Given[] = [
    { op: "create-replacement", logical: false, old: EXTERNAL, new: { id: "" } },
    { op: "replace", old: { ...EXTERNAL, delete: true }, new: { id: "" } },
    { op: "discard-replaced", logical: false, old: { ...EXTERNAL, delete: true } },
  ];
  const { resources } = await changeIn(steps, { replace: 1 });
  expect(resources).toMatchObject([{ op: "create", before: undefined, after: { id: undefined } }]);
});

test("what was read and is no longer is no change of the stack", async () => {
  expect((await changeIn([{ op: "discard", old: EXTERNAL }], { discard: 1 })).resources).toEqual([]);
});

test("another object that is read instead bears its own id", async () => {
  const steps: Given[] = [
    { op: "read-replacement", logical: false, old: EXTERNAL, new: { ...EXTERNAL, id: "loud-sea-12345678" } },
    { op: "replace", old: EXTERNAL, new: { ...EXTERNAL, id: "loud-sea-12345678" } },
    { op: "discard-replaced", logical: false, old: EXTERNAL },
  ];
  const change = await changeIn(steps, { replace: 1 });
  expect(change.resources).toMatchObject([{ op: "read", after: { id: "loud-sea-12345678" } }]);
  expect(judge(change).findings).toEqual([]);
});

test("an object that the program only reads from then on is no longer managed; one that another takes the place of is destroyed", async () => {
  const relinquished = judge(await changeIn([{ op: "read", old: {}, new: EXTERNAL }], { read: 1 }));
  expect(relinquished.findings.map(({ rule }) => rule)).toEqual(["no-longer-managed"]);
  expect(relinquished.verdict).toBe("needsReview");
  const steps: Given[] = [
    { op: "read-replacement", logical: false, old: {}, new: { ...EXTERNAL, id: "loud-sea-12345678" } },
    { op: "replace", old: { delete: true }, new: { ...EXTERNAL, id: "loud-sea-12345678" } },
    { op: "delete-replaced", logical: false, old: { delete: true } },
  ];
  expect(judge(await changeIn(steps, { replace: 1 })).findings.map(({ rule }) => rule)).toContain("data-destroyed");
});

test("several objects that earlier replacements left under one name are each deleted", async () => {
  const steps: Given[] = [
    { op: "same", old: {}, new: {} },
    { op: "delete", old: { delete: true, id: "left-one-12345678" } },
    { op: "delete", old: { delete: true, id: "left-two-12345678" } },
  ];
  expect((await changeIn(steps, { same: 1, delete: 2 })).resources.map(({ op }) => op)).toEqual(["same"]);
});

test("a default provider and the end of a replacement that was cut off are in no summary", async () => {
  const provider = { op: "create", new: {}, type: "pulumi:providers:pulumi-nodejs" };
  const events = lines([provider, { op: "remove-pending-replace", old: {} }], {});
  const text = (await events.toArray()).join("").replaceAll("nodejs::shop", "nodejs::default");
  expect((await readPreview(Readable.from([text]))).steps).toHaveLength(2);
});

test("components, and what other providers only read, are no resources of other providers", async () => {
  const counted = async (given: Given, counts: Record<string, number>) => judge(await changeIn([given], counts)).others;
  expect(await counted({ op: "create", new: { custom: undefined }, type: "acme:index:Web" }, { create: 1 })).toBe(0);
  expect(await counted({ op: "read", new: EXTERNAL, type: "aws:ec2/vpc:Vpc" }, {})).toBe(0);
  expect(await counted({ op: "create", new: {}, type: "aws:ec2/vpc:Vpc" }, { create: 1 })).toBe(1);
});

describe("a policy", () => {
  const violated = (enforcementLevel: string) => ({
    policyEvent: { policyName: "tags", policyPackName: "acme", enforcementLevel, resourceUrn: URN, message: "Every project\n has tags.\n" },
  });
  const failed = (message: string) => ({ diagnosticEvent: { severity: "error", message } });
  const same: Given = { op: "same", old: {}, new: {} };

  test("that is mandatory blocks the change with what it says", async () => {
    const further = [violated("mandatory"), failed("preview failed\n")];
    const { verdict, findings } = judge(await changeIn([same], { same: 1 }, { further, result: "failed" }));
    expect(verdict).toBe("block");
    expect(findings).toMatchObject([
      { rule: "policy-violated", severity: "high", urn: URN, says: "A policy objects: Every project has tags." },
    ]);
  });

  test("that is mandatory hides no other failure, and an advisory one ends nothing", async () => {
    const crashed = [violated("mandatory"), failed("the program failed"), failed("preview failed")];
    await expect(changeIn([same], { same: 1 }, { further: crashed, result: "failed" })).rejects.toThrow("the program failed");
    for (const level of ["advisory", "remediate"])
      await expect(
        changeIn([same], { same: 1 }, { further: [violated(level), failed("preview failed")], result: "failed" }),
      ).rejects.toMatchObject({ code: "PAL_PREVIEW_FAILED" });
  });
});

test("an operation that was cut off is told with the command that clears it", async () => {
  const stream = buildStream([], []);
  const pending = (type: string) => ({ type, resource: { urn: URN } });
  const deployment = { resources: [], pending_operations: ["creating", "updating", "deleting"].map(pending) };
  const { unjudged, verdict } = await reviewStream({ ...stream, state: JSON.stringify({ version: 3, deployment }) });
  expect(verdict).toBe("needsReview");
  expect(unjudged.map(({ why }) => why)).toEqual([
    expect.stringMatching(/while creating it; clear it with: pulumi refresh --clear-pending-creates/),
    expect.stringMatching(/while updating it; clear it with: pulumi refresh$/),
    expect.stringMatching(/while deleting it; clear it with: pulumi refresh$/),
  ]);
});

test("a secret is called secret, and what is not known yet is not", async () => {
  const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  expect(formatUnreadableReason("[secret]")).toBe("is secret, so it cannot be compared here");
  expect(formatUnreadableReason({ allow: "listed", ranges: ["[secret]"] })).toMatch(/^is secret, so/);
  expect(formatUnreadableReason({ allow: UNKNOWN })).toBe("is known only after the update");
  expect(formatUnreadableReason(["[secret]", UNKNOWN])).toBe("is secret in part, and known only after the update in part");
  const list: WrittenResource = {
    type: toTypeToken("IpAllowlist"),
    name: "list",
    id: "quiet-lake-12345678",
    inputs: { projectId: "quiet-lake-12345678", allow: "listed", ranges: "[secret]" },
  };
  const { unjudged } = await reviewStream(buildStream([], [list]));
  expect(unjudged.map(({ why }) => why).join("\n")).toMatch(/secret/);
  expect(unjudged.map(({ why }) => why).join("\n")).not.toMatch(/known only after/);
});
