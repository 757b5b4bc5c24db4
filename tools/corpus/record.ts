import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import type { PlaneReady } from "../../contract/plane.js";
import { withStack } from "../pulumi/withStack.js";
import { startBuiltPlane, withPlane } from "../reliability/testPlane.js";
import type { State } from "../pulumi/stack.js";
import type { LabelledChange } from "./labelledChange.js";
import { CHANGES } from "./changes.js";
import { extractPart, previewWithPlan, buildCombinedProgram } from "./combinedStack.js";
import { RECORDED_FILE, type RecordedChange } from "./recordedChanges.js";

/**
 * Records every labelled change by the real engine on the embedded plane: all `before` programs in one stack, one `up`; all `after` programs,
 * one preview. Each resource bears the number of its change in its name, by which the stream, the state and the plan are taken apart again; the
 * numbers are then taken off, and so is what tells of this machine.
 */
async function record(): Promise<void> {
  const changes = CHANGES.map((change, index) => ({ change, prefix: `c${String(index).padStart(3, "0")}-` }));
  const stored = await withPlane(startBuiltPlane, async ({ ready: plane }) => {
    await assignVpcEndpoints(plane, ["vpce-00000000000000001", "vpce-00000000000000002"]);
    return withStack(buildCombinedProgram(changes.map(({ change, prefix }) => [prefix, change.before])), plane, async (stack) => {
      process.stdout.write(`${changes.length} changes: up …\n`);
      await stack.up({ check: true, deadlineMs: 900_000 });
      const state = await stack.exportState();
      await stack.setProgram(buildCombinedProgram(changes.map(({ change, prefix }) => [prefix, change.after])));
      process.stdout.write("preview …\n");
      const { events, plan } = await previewWithPlan(stack);
      return changes.map(({ change, prefix }) => tamper(change, extractPart(change.name, prefix, events, state, plan)));
    });
  });
  mkdirSync(dirname(RECORDED_FILE), { recursive: true });
  writeFileSync(RECORDED_FILE, gzipSync(stored.map((change) => `${anonymize(JSON.stringify(change))}\n`).join(""), { level: 9 }));
  process.stdout.write(`${RECORDED_FILE}: ${stored.length} changes\n`);
}

async function assignVpcEndpoints({ apiUrl, apiKey, orgId }: PlaneReady, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const answer = await fetch(`${apiUrl}/organizations/${orgId}/vpc/region/aws-eu-central-1/vpc_endpoints/${id}`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ label: "corpus" }),
    });
    if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`);
  }
}

/** The plane's port is another one each time. */
const anonymize = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:4400");

/** What somebody does to a state by hand. */
function tamper({ tampered: how }: LabelledChange, change: RecordedChange): RecordedChange {
  if (how === "stored-code") {
    const text = JSON.stringify(change).replaceAll(String.raw`\"@palisade/neon/provider\").Project`, String.raw`\"./evil\").Project`);
    return JSON.parse(text) as RecordedChange;
  }
  if (how === undefined) return change;
  const { deployment } = change.state as State;
  const resource = deployment.resources?.find(({ type }) => type.endsWith(":Project"));
  return { ...change, state: { ...change.state, deployment: { ...deployment, pending_operations: [{ type: "updating", resource }] } } };
}

void record().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
