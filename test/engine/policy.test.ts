import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { ProjectsPage } from "@palisade/neon/contract/wire/project";
import { controls } from "../../policy/controls/index.js";
import type { TestPlane } from "../support/plane.js";
import { type Result, type Stack, STACK } from "../support/pulumi.js";
import { newPlane, newStack, output, program, putAway, STACK_TRACE } from "./lab.js";

/** The pack as it is shipped, under the real CLI: on previews, in updates, and on what is recorded. */
const ROOT = resolve(__dirname, "../..");
const PACK = join(ROOT, "policy-pack");

jest.setTimeout(180_000);
afterAll(putAway, 60_000);

interface Violation {
  policyName: string;
  enforcementLevel: string;
  resourceUrn?: string;
  message: string;
}

const violations = (events: readonly EngineEvent[]): Violation[] =>
  events.flatMap(({ policyEvent }) => (policyEvent ? [policyEvent as Violation] : []));
const namesIn = (found: readonly Violation[]): string[] => [...new Set(found.map(({ policyName }) => policyName))].sort();

async function analyze(stack: Stack, ...flags: string[]): Promise<Result & { found: Violation[] }> {
  const result = await stack.run(["policy", "analyze", "--stack", STACK, "--json", "--policy-pack", PACK, ...flags]);
  const lines = result.stdout.split("\n").filter((line) => line.startsWith("{"));
  return { ...result, found: violations(lines.map((line) => JSON.parse(line) as EngineEvent)) };
}

describe("the examples", () => {
  let plane: TestPlane;
  let shared: { sharedProjectId: string; sharedBranchId: string };

  beforeAll(async () => {
    plane = await newPlane({ computes: "postgres", proxyPort: 0 });
    const settings = { allowed_ips: { ips: ["192.0.2.1"], protected_branches_only: false } };
    const { project, branch } = await plane.api.project({ name: "by hand", settings });
    shared = { sharedProjectId: project.id, sharedBranchId: branch.id };
  });

  async function example(name: "policy-weak" | "policy-hardened", directory: string): Promise<[Stack, string[]]> {
    const values = {
      ...shared,
      runner: "127.0.0.1",
      vpcEndpointId: "vpce-0a1b2c3d4e5f67890",
      until: new Date(Date.now() + 7 * 86_400_000).toISOString(),
    };
    const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`palisade-${name}:${key}`, value]));
    const stack = await newStack({ directory: join(ROOT, "examples", directory) }, plane.ready, { config });
    return [stack, ["--policy-pack-config", join(stack.project, "policy-config.json")]];
  }

  test("11-policy-weak: every policy fires, on a preview and on what is recorded; an update with the pack makes no project", async () => {
    const [stack, config] = await example("policy-weak", "11-policy-weak");
    // These examples have nothing at a cloud, and nothing that a plane takes from its operator alone (a sink that is allowed, somebody who approves):
    // test/policy has the weak programs of those controls.
    const isElsewhere = (id: string) => /^(?:customer-key|cloud|audit-export|temporary-access)/.test(id);
    const all = controls
      .map(({ id }) => id)
      .filter((id) => !isElsewhere(id))
      .sort();
    const preview = await stack.preview({ args: ["--policy-pack", PACK, ...config] });
    expect(namesIn(violations(preview.events))).toEqual(all);
    expect(preview.code).not.toBe(0);

    const refused = await stack.up({ args: ["--policy-pack", PACK, ...config] });
    expect(refused.code).not.toBe(0);
    const { projects } = await plane.api.ok(ProjectsPage, "GET", `/projects?org_id=${plane.ready.orgId}`);
    expect(projects.map(({ name }) => name)).toEqual(["by hand"]);

    await stack.up({ check: true });
    const recorded = await analyze(stack, ...config);
    expect(namesIn(recorded.found)).toEqual(all);
    expect(recorded.code).not.toBe(0);
    const levels = new Map(recorded.found.map(({ policyName, enforcementLevel }) => [policyName, enforcementLevel]));
    expect(
      [...levels]
        .filter(([, level]) => level === "advisory")
        .map(([name]) => name)
        .sort(),
    ).toEqual(
      controls
        .filter(({ level }) => level === "advisory")
        .map(({ id }) => id)
        .sort(),
    );
    expect(output(recorded) + output(preview)).not.toMatch(STACK_TRACE);
  });

  test("12-policy-hardened: none fires, on a preview, in an update and on what is recorded", async () => {
    const [stack, config] = await example("policy-hardened", "12-policy-hardened");
    const preview = await stack.preview({ args: ["--policy-pack", PACK, ...config], check: true });
    expect(violations(preview.events)).toEqual([]);
    const up = await stack.up({ args: ["--policy-pack", PACK, ...config], check: true });
    expect(violations(up.events)).toEqual([]);
    expect(await analyze(stack, ...config)).toMatchObject({ code: 0, found: [] });
    // It did run.
    const summary = preview.events.find(({ summaryEvent }) => summaryEvent)?.summaryEvent;
    // The event log spells it as the engine does, the type as the Automation API.
    expect(Object.keys((summary as { PolicyPacks?: object } | undefined)?.PolicyPacks ?? {})).toEqual([
      expect.stringMatching(/^palisade-neon\b/),
    ]);
  });
});

describe("a small stack", () => {
  const HARD = `name: "shop", regionId: "aws-eu-central-1", historyRetentionSeconds: 604800, auditLogLevel: "full", storePasswords: false,
    network: { allow: "nobody", privateEndpoints: "blocked" }`;
  const shop = (fields: string, options = "protect: true") =>
    `const shop = new neon.Project("shop", { ${HARD}, ${fields} }, { ${options} });`;
  let plane: TestPlane;
  let stack: Stack;

  beforeAll(async () => {
    plane = await newPlane();
    stack = await newStack(program(shop("defaultBranch: { protected: true }")), plane.ready);
    await stack.up({ check: true });
  });

  async function previewed(body: string, ...flags: string[]): Promise<Result & { found: Violation[] }> {
    await stack.setProgram(program(body));
    const result = await stack.preview({ args: flags.length > 0 ? flags : ["--policy-pack", PACK] });
    return { ...result, found: violations(result.events) };
  }
  async function configured(values: object): Promise<string[]> {
    const file = join(stack.root, "policy-config.json");
    await writeFile(file, JSON.stringify(values));
    return ["--policy-pack", PACK, "--policy-pack-config", file];
  }

  const OPEN = 'network: { allow: "anywhere", privateEndpoints: "blocked" }, historyRetentionSeconds: 3 * 86400';

  test("judged is what an update would make, not what is recorded; our provider under a foreign type is found, at which no other control looks", async () => {
    const hidden = `class Hidden extends pulumi.CustomResource { constructor() { super("pulumi-nodejs:dynamic:Resource", "hidden", {
      name: "open", regionId: "aws-eu-central-1", network: { allow: "anywhere" }, managedBy: "x",
      __provider: 'exports.handler=()=>require("@palisade/neon/provider").Project' }); } } new Hidden();`;
    const { code, found } = await previewed(`${shop(`defaultBranch: { protected: false }, ${OPEN}`)}\n${hidden}`);
    expect(code).not.toBe(0);
    const told = found.map(({ policyName, enforcementLevel, resourceUrn = "" }) => [
      policyName,
      enforcementLevel,
      resourceUrn.split("::").at(-1),
    ]);
    expect(told.sort()).toEqual([
      ["history-retained", "mandatory", "shop"],
      ["network-not-open", "mandatory", "shop"],
      ["production-protected", "mandatory", "shop"],
      ["stored-text", "mandatory", "hidden"],
    ]);
  });

  test("what is known only after the update is said, as advice, and passes no mandatory control in silence", async () => {
    const list = `new neon.IpAllowlist("list", { projectId: other.projectId, allow: "listed", privateEndpoints: "blocked", ranges: [other.host.apply((host) => host)] });`;
    const other = `const other = new neon.Project("other", { ${HARD}, name: "other", network: { allow: "managedSeparately" }, defaultBranch: { protected: true } }, { protect: true });`;
    const { code, found } = await previewed(`${shop("defaultBranch: { protected: true }")}\n${other}\n${list}`);
    expect(code).toBe(0);
    expect(namesIn(found)).toEqual(["addresses-described", "list-narrow", "list-not-everyone"]);
    for (const { enforcementLevel, message, resourceUrn } of found) {
      expect([enforcementLevel, resourceUrn?.split("::").at(-1)]).toEqual(["advisory", "list"]);
      expect(message).toContain("This cannot be judged: ranges[0] is known only after the update.");
    }
  });

  test("levels and limits come from the configuration; a wrong one is refused, and a misspelt one is an objection", async () => {
    const open = shop(`defaultBranch: { protected: true }, ${OPEN}`);
    const relaxed = await previewed(open, ...(await configured({ "network-not-open": "advisory", "history-retained": { days: 3 } })));
    expect(relaxed.found.map(({ policyName, enforcementLevel }) => [policyName, enforcementLevel])).toEqual([
      ["network-not-open", "advisory"],
    ]);
    expect(relaxed.code).toBe(0);
    const wrong = await previewed(open, ...(await configured({ "history-retained": { days: 0 } })));
    expect(wrong.code).not.toBe(0);
    expect(output(wrong)).toContain("days");
    const misspelt = await previewed(open, ...(await configured({ "network-not-open": "disabled", "history-retained": { day: 3 } })));
    expect(misspelt.found.map(({ message }) => message)).toEqual([expect.stringContaining("The configuration has no setting day.")]);
    expect(misspelt.code).not.toBe(0);
  });

  test("a pack of one's own is three lines, and says so where Pulumi hides the stored text from it", async () => {
    const pack = join(stack.project, "pack");
    await mkdir(pack);
    await writeFile(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\n");
    await writeFile(join(pack, "package.json"), JSON.stringify({ name: "pack", version: "1.2.3", main: "index.js" }));
    await writeFile(
      join(pack, "index.js"),
      `require("@palisade/neon/policy").policyPack("acme", { "stored-text": "mandatory", "audit-level": { least: "full" } });`,
    );
    const low = shop('defaultBranch: { protected: true }, auditLogLevel: "extended"');
    const { code, found } = await previewed(low, "--policy-pack", pack);
    expect(code).not.toBe(0);
    expect(found.map(({ policyName, enforcementLevel }) => [policyName, enforcementLevel]).sort()).toEqual([
      ["audit-level", "mandatory"],
      ["stored-text", "advisory"],
    ]);
    expect(found.map(({ message }) => message).join()).toContain(
      "Pulumi shows the stored text only while this control has level remediate",
    );
  });

  test("a drifted state is judged as it is after a refresh", async () => {
    await stack.setProgram(program(shop("defaultBranch: { protected: true }")));
    const { projects } = await plane.api.ok(ProjectsPage, "GET", `/projects?org_id=${plane.ready.orgId}`);
    await plane.api.call("PATCH", `/projects/${projects[0]?.id ?? ""}`, { project: { settings: { block_public_connections: false } } });
    await stack.refresh({ check: true });
    const { code, found } = await analyze(stack);
    expect(namesIn(found)).toEqual(["network-not-open"]);
    expect(code).not.toBe(0);
  });
});
