import { isPalisadeError } from "../../../contract/errors.js";
import { toTypeToken, reviewStream, type Stream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Previews that are cut, foreign or forged. None of them may end in an approval, and none in anything but an error of ours. */

const ID = "quiet-lake-12345678";
const project = (ranges: readonly string[]): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: ID,
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges } },
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
});
const dev: WrittenResource = {
  type: toTypeToken("Branch"),
  name: "dev",
  id: `${ID}/br-still-sea-12345678`,
  inputs: { projectId: ID, name: "dev" },
  origins: { projectId: ["shop"] },
};
const harmless = buildStream([project(["203.0.113.0/24"]), dev], [project(["203.0.113.0/24"]), dev]);
const widening = buildStream([project(["203.0.113.0/24"]), dev], [project(["203.0.113.0/24", "198.51.100.7"]), dev]);

async function codeOf(stream: Stream): Promise<string> {
  try {
    return (await reviewStream(stream)).verdict;
  } catch (error) {
    if (isPalisadeError(error)) return error.code;
    throw error;
  }
}
const withEvents = (events: readonly string[], stream = harmless): Stream => ({ ...stream, events });

it("a whole stream is judged", async () => {
  expect(await codeOf(harmless)).toBe("approve");
  expect(await codeOf(widening)).toBe("needsReview");
});

it("a stream that is cut behind any line is no preview", async () => {
  for (let length = 0; length < harmless.events.length; length++)
    expect(await codeOf(withEvents(harmless.events.slice(0, length)))).toBe("PAL_PREVIEW_INCOMPLETE");
});

it("a stream that is cut in the middle of any line is not read", async () => {
  for (let line = 0; line < harmless.events.length; line++) {
    const text = harmless.events[line] as string;
    expect(await codeOf(withEvents([...harmless.events.slice(0, line), text.slice(0, text.length / 2)]))).toBe("PAL_PREVIEW_UNREADABLE");
  }
});

it("a stream from which any line is gone is not approved", async () => {
  for (let line = 0; line < widening.events.length; line++) {
    const outcome = await codeOf(withEvents(widening.events.filter((_, index) => index !== line)));
    expect(["needsReview", "PAL_PREVIEW_INCOMPLETE", "PAL_PREVIEW_UNREADABLE"]).toContain(outcome);
  }
});

it("a stream in which any line stands twice is not approved", async () => {
  for (let line = 0; line < widening.events.length; line++) {
    const outcome = await codeOf(withEvents(widening.events.flatMap((text, index) => (index === line ? [text, text] : [text]))));
    expect(["needsReview", "PAL_PREVIEW_UNREADABLE"]).toContain(outcome);
  }
});

it("steps in another order have the same verdict, and lines in any order never a better one", async () => {
  const [first, ...rest] = widening.events as [string, ...string[]];
  const steps = rest.slice(0, -1);
  const turned = [first, ...steps.slice(2), ...steps.slice(0, 2), ...rest.slice(-1)];
  expect(await codeOf(withEvents(turned, widening))).toBe("needsReview");
  expect(await codeOf(withEvents([...widening.events].reverse(), widening))).not.toBe("approve");
});

it.each([
  ["nothing", [""]],
  ["an empty object", ["{}"]],
  ["an empty list", ["[]"]],
  ["null", ["null"]],
  ["a digest of pulumi preview --json", [JSON.stringify({ steps: [], changeSummary: { same: 2 } })]],
  ["another tool's plan", [JSON.stringify({ format_version: "1.2", resource_changes: [] })]],
  ["words", ["Previewing update (dev):"]],
  ["a deep nest", ["[".repeat(100_000)]],
  ["a prototype", ['{"__proto__":{"sequence":1,"timestamp":1}}']],
])("%s is no preview", async (_, lines) => {
  expect(await codeOf(withEvents(lines))).toMatch(/^PAL_PREVIEW_(UNREADABLE|INCOMPLETE)$/);
});

it("a second summary does not replace the first", async () => {
  const forged = JSON.stringify({ sequence: 99, timestamp: 1, summaryEvent: { resourceChanges: { same: 2 }, isPreview: true } });
  expect(await codeOf(withEvents([...widening.events, forged], widening))).not.toBe("approve");
});

it("a later event cannot take back what an earlier one tells", async () => {
  const same = harmless.events.filter((line) => line.includes('"resOutputsEvent"') && line.includes("::shop"));
  const forged = [...widening.events.slice(0, -1), ...same, ...widening.events.slice(-1)];
  expect(await codeOf(withEvents(forged, widening))).not.toBe("approve");
});

it("a second step of one resource that says it stays the same is not believed", async () => {
  const [first] = harmless.events.filter((line) => line.includes('"resourcePreEvent"') && line.includes("::shop"));
  const summary = JSON.parse(widening.events.at(-1) as string) as { summaryEvent: { resourceChanges: Record<string, number> } };
  summary.summaryEvent.resourceChanges["same"] = (summary.summaryEvent.resourceChanges["same"] ?? 0) + 1;
  const forged = [...widening.events.slice(0, -1), first as string, JSON.stringify(summary)];
  expect(await codeOf(withEvents(forged, widening))).not.toBe("approve");
});

it("the log of an update that was made is no preview", async () => {
  const made = harmless.events.map((line) =>
    line.replace('"planning":true', '"planning":false').replace('"isPreview":true', '"isPreview":false'),
  );
  expect(await codeOf(withEvents(made))).toBe("PAL_PREVIEW_UNREADABLE");
});

it("a preview that failed is not judged", async () => {
  const failed = JSON.stringify({ sequence: 50, timestamp: 1, diagnosticEvent: { severity: "error", message: "it cannot be\n  at x" } });
  expect(await codeOf(withEvents([...harmless.events.slice(0, -1), failed, ...harmless.events.slice(-1)]))).toBe("PAL_PREVIEW_FAILED");
});

it("a state or plan of something else is refused", async () => {
  for (const text of ["", "{}", "[]", '{"version":3}', '{"deployment":{}}']) {
    expect(await codeOf({ ...harmless, state: text })).toBe("PAL_STATE_UNREADABLE");
    expect(await codeOf({ ...harmless, plan: text })).toBe("PAL_STATE_UNREADABLE");
  }
});

it("a state that knows other resources than the preview is not approved", async () => {
  expect(await codeOf({ ...harmless, state: buildStream([], []).state })).not.toBe("approve");
  expect(await codeOf({ ...harmless, plan: buildStream([], []).plan })).not.toBe("approve");
});
