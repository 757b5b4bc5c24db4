import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { z } from "zod";
import type { PlaneReady } from "@palisade/neon/contract/plane";
import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { ProjectsPage } from "@palisade/neon/contract/wire/project";
import { findOnPath } from "../../cli/pulumi/findPulumi.js";
import { Palisade, type Said } from "../support/palisade.js";
import { type Api, endPlanes, startPlane, type TestPlane } from "../support/plane.js";
import { type Config, type Program, type Result, Stack, STACK } from "../support/pulumi.js";

export { readOutputs, readRecorded } from "../../tools/reliability/readRecorded.js";

/** What the tests of this folder share: stacks on a plane, what the plane holds, what Pulumi has recorded. */

/** A CommonJS program that has `neon` and `pulumi`. */
export const program = (body: string): string =>
  `const neon = require("@palisade/neon");\nconst pulumi = require("@pulumi/pulumi");\n${body}\n`;

/** A closed project; `options` is added to its arguments as text. */
export const project = (name = "shop", options = ""): string =>
  `new neon.Project("${name}", { name: "${name}", regionId: "aws-eu-central-1", network: { allow: "nobody" }, ${options} })`;

/** An initialised stack that is configured for the plane; the key comes from the environment, which saves a call of the CLI. */
export async function newStack(
  source: Program,
  at: Pick<PlaneReady, "apiUrl" | "apiKey">,
  { config = {} }: { config?: Config } = {},
): Promise<Stack> {
  const stack = await Stack.create({
    program: source,
    env: { NEON_API_KEY: at.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  });
  ends.push(() => stack.dispose());
  await stack.init({ "palisade:apiUrl": at.apiUrl, ...config });
  return stack;
}

/** A plane in this process. */
export async function newPlane(options: Parameters<typeof startPlane>[0] = {}): Promise<TestPlane> {
  const plane = await startPlane(options);
  ends.push(() => plane.stop());
  return plane;
}

const ends: (() => Promise<unknown>)[] = [];

/** Has something ended with the test file, before what was started earlier. */
export const atEnd = (end: () => Promise<unknown>): void => void ends.push(end);

/** For afterAll: everything that was started, the last first. */
export async function putAway(): Promise<void> {
  await verbs.end();
  for (const end of ends.splice(0).reverse()) await end();
  await endPlanes();
}

const verbs = new Palisade();

/** A verb of the built CLI in the project of a stack. Throws where the verb asks the Pulumi CLI twice for what nothing has changed since. */
export async function palisade(stack: Stack, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  const [folder, calls] = [join(stack.root, "watched"), join(stack.root, "watched-calls")];
  const binary = await findOnPath("pulumi", stack.env);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "pulumi"), `#!/bin/sh\necho "$*" >> "${calls}"\nexec "${binary ?? ""}" "$@"\n`, { mode: 0o755 });
  const named = words.includes("--stack") ? words : [words[0] ?? "", "--stack", STACK, ...words.slice(1)];
  const watched = { ...stack.env, PATH: [folder, stack.env["PATH"]].join(delimiter) };
  const said = await verbs.run({ words: named, cwd: stack.project, env: { ...watched, ...env } });
  assertAskedOnce(words, (await readFile(calls, "utf8").catch(() => "")).split("\n").slice(0, -1));
  await rm(calls, { force: true });
  return said;
}

/** What the CLI would answer otherwise afterwards. */
const CHANGES = /^(?:up|stack import|config set) /;

function assertAskedOnce(words: readonly string[], calls: readonly string[]): void {
  const asked = new Set<string>();
  for (const call of calls) {
    if (asked.has(call)) throw new Error(`palisade ${words.join(" ")} asks twice: pulumi ${call}`);
    asked.add(call);
    // The version of the CLI is another matter.
    if (CHANGES.test(call)) for (const one of [...asked].filter((each) => !each.startsWith("version"))) asked.delete(one);
  }
}

export const output = ({ stdout, stderr }: Pick<Result, "stdout" | "stderr">): string => stdout + stderr;

/** What people read is sentences: no stack, no host's own dump. */
export const STACK_TRACE = /^\s+at .+:\d+|node:internal|UnhandledPromise/m;

type Found = z.output<typeof ProjectsPage>["projects"][number] & { branches: z.output<typeof BranchesPage>["branches"] };

/** Every live project of an organisation with its branches. */
export async function inventory(api: Api, orgId: string): Promise<Found[]> {
  const { projects } = await api.ok(ProjectsPage, "GET", `/projects?org_id=${orgId}&limit=400`);
  return Promise.all(
    projects.map(async (found) => ({
      ...found,
      branches: (await api.ok(BranchesPage, "GET", `/projects/${found.id}/branches`)).branches,
    })),
  );
}

/** `project` and `project/branch` of everything in an organisation, sorted: a duplicate shows. */
export const names = async (api: Api, orgId: string): Promise<string[]> =>
  (await inventory(api, orgId)).flatMap(({ name, branches }) => [name, ...branches.map((branch) => `${name}/${branch.name}`)]).sort();

/** Calls that change something, which came since the last `forgetCalls`. */
export async function mutations(api: Api): Promise<string[]> {
  const { body } = await api.call("GET", "/x-palisade/test/calls");
  return Object.keys((body as { calls: Record<string, number> }).calls).filter((call) => !call.startsWith("GET "));
}

export const forgetCalls = (api: Api) => api.call("DELETE", "/x-palisade/test/calls");

/** What the plane does to a coming call: see its test hooks. */
export async function fault(api: Api, asked: { method: string; path: string; kind: string; times?: number; hang?: number }): Promise<void> {
  const { status } = await api.call("POST", "/x-palisade/test/faults", asked);
  if (status !== 200) throw new Error(`the fault was refused with ${status}`);
}
