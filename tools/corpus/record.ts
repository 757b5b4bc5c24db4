import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { PlaneReady } from "../../contract/plane.js";
import { withStack } from "../../bench/stacks.js";
import { startBuilt, withPlane } from "../reliability/plane.js";
import type { Stack, State } from "../pulumi/stack.js";
import type { LabelledChange } from "./change.js";
import { CHANGES } from "./changes.js";
import { STORE, type StoredChange } from "./stored.js";

/**
 * Records every labelled change by the real engine on the embedded plane: all `before` programs in one stack, one `up`; all `after` programs,
 * one preview. Each resource bears the number of its change in its name, by which the stream, the state and the plan are taken apart again; the
 * numbers are then taken off, and so is what tells of this machine.
 */
async function record(): Promise<void> {
  const changes = CHANGES.map((change, index) => ({ change, prefix: `c${String(index).padStart(3, "0")}-` }));
  const stored = await withPlane(startBuilt, async ({ ready: plane }) => {
    await assign(plane, ["vpce-00000000000000001", "vpce-00000000000000002"]);
    return withStack(program(changes.map(({ change, prefix }) => [prefix, change.before])), plane, async (stack) => {
      process.stdout.write(`${changes.length} changes: up …\n`);
      await stack.up({ check: true, deadlineMs: 900_000 });
      const state = await stack.exportState();
      await stack.setProgram(program(changes.map(({ change, prefix }) => [prefix, change.after])));
      process.stdout.write("preview …\n");
      const { events, plan } = await previewed(stack);
      return changes.map(({ change, prefix }) => tampered(change, part(change.name, prefix, events, state, plan)));
    });
  });
  mkdirSync(dirname(STORE), { recursive: true });
  writeFileSync(STORE, gzipSync(stored.map((change) => `${anonymous(JSON.stringify(change))}\n`).join(""), { level: 9 }));
  process.stdout.write(`${STORE}: ${stored.length} changes\n`);
}

/** Names of one change's resources, and of aliases, get its prefix; nothing else of the programs changes. */
const program = (bodies: readonly (readonly [prefix: string, body: string])[]): string => `
const palisade = require("@palisade/neon");
const pulumi = require("@pulumi/pulumi");
function scoped(prefix) {
  const N = (name) => prefix + name;
  const named = (opts) => opts && opts.aliases ? { ...opts, aliases: opts.aliases.map(({ name }) => ({ name: N(name) })) } : opts;
  const neon = Object.fromEntries(Object.entries(palisade).map(([kind, Class]) => [kind, typeof Class !== "function" ? Class :
    class extends Class { constructor(name, args, opts) { super(N(name), args, named(opts)); } }]));
  return { neon, N };
}
${bodies.map(([prefix, body]) => `(function ({ neon, N }) {\n${body}\n})(scoped(${JSON.stringify(prefix)}));`).join("\n")}
`;

async function assign({ apiUrl, apiKey, orgId }: PlaneReady, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const answer = await fetch(`${apiUrl}/organizations/${orgId}/vpc/region/aws-eu-central-1/vpc_endpoints/${id}`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ label: "corpus" }),
    });
    if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`);
  }
}

type Plan = { resourcePlans: Record<string, unknown> } & Record<string, unknown>;

async function previewed(stack: Stack): Promise<{ events: EngineEvent[]; plan: Plan }> {
  const file = join(stack.root, "plan.json");
  const { events } = await stack.preview({ args: ["--save-plan", file], check: true, deadlineMs: 900_000 });
  return { events, plan: JSON.parse(readFileSync(file, "utf8")) as Plan };
}

const STACK_TYPE = "pulumi:pulumi:Stack";

function part(name: string, prefix: string, events: readonly EngineEvent[], { version, deployment }: State, plan: Plan): StoredChange {
  const mine = (urn: string): boolean => urn.includes(`::${prefix}`) || urn.includes(`::${STACK_TYPE}::`);
  const kept: object[] = [];
  const counts: Record<string, number> = {};
  for (const event of events) {
    const { metadata } = event.resourcePreEvent ?? event.resOutputsEvent ?? {};
    if (event.preludeEvent) kept.push(event);
    if (metadata === undefined || !mine(metadata.urn)) continue;
    kept.push(event);
    if (event.resourcePreEvent && metadata.logical === true) counts[metadata.op] = (counts[metadata.op] ?? 0) + 1;
  }
  const last = events.find(({ summaryEvent }) => summaryEvent !== undefined) as EngineEvent;
  kept.push({ ...last, summaryEvent: { ...last.summaryEvent, resourceChanges: counts } });
  const resources = (deployment.resources ?? []).filter(({ urn }) => mine(urn));
  const plans = Object.entries(plan.resourcePlans).filter(([urn]) => mine(urn));
  const change = { name, events: kept, state: { version, deployment: { resources } }, plan: { resourcePlans: Object.fromEntries(plans) } };
  return JSON.parse(
    JSON.stringify(change, (key, value: unknown) => (UNUSED.has(key) ? undefined : value)).replaceAll(prefix, ""),
  ) as StoredChange;
}

/** Times, places in files, and what the reader leaves behind. */
const UNUSED = new Set(["stackTrace", "sourcePosition", "created", "modified", "seed", "durationSeconds", "provider"]);

/** The plane's port is another one each time. */
const anonymous = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:4400");

/** What somebody does to a state by hand. */
function tampered({ tampered: how }: LabelledChange, change: StoredChange): StoredChange {
  if (how === "stored-code") {
    const text = JSON.stringify(change).replaceAll(String.raw`\"@palisade/neon/provider\").Project`, String.raw`\"./evil\").Project`);
    return JSON.parse(text) as StoredChange;
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
