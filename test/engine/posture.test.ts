import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PostureReport } from "../../review/posture/report.js";
import type { TestPlane } from "../support/plane.js";
import { type Stack, STACK } from "../support/pulumi.js";
import { newPlane, newStack, palisade, putAway } from "./lab.js";

/** `palisade posture --stack` of the examples: what is red is so, and what is green was seen. */
const ROOT = resolve(__dirname, "../..");

jest.setTimeout(240_000);
afterAll(putAway, 60_000);

interface Seen {
  readonly code: number | null;
  readonly report: PostureReport;
  /** `rule name`, of each finding. */
  readonly red: readonly string[];
  readonly statusOf: (id: string) => string | undefined;
}

async function look(stack: Stack): Promise<Seen> {
  const { code, stdout, stderr } = await palisade(stack, ["posture", "--output", "json"]);
  if (!stdout.startsWith("{")) throw new Error(`no report: ${code} ${stdout} ${stderr}`);
  const report = JSON.parse(stdout) as PostureReport;
  const red = report.findings.map(({ rule, resource }) => `${rule} ${resource.name}`).sort();
  return { code, report, red, statusOf: (id) => report.controls.find((one) => one.id === id)?.status };
}

/** A plane, and a stack of an example that is up, with its record. */
async function example(directory: string, name: string): Promise<{ plane: TestPlane; stack: Stack }> {
  const plane = await newPlane({ computes: "postgres", proxyPort: 0 });
  const settings = { allowed_ips: { ips: ["192.0.2.1"], protected_branches_only: false } };
  const { project, branch } = await plane.api.project({ name: "by hand", settings });
  const values = {
    sharedProjectId: project.id,
    sharedBranchId: branch.id,
    runner: "127.0.0.1",
    vpcEndpointId: "vpce-0a1b2c3d4e5f67890",
    until: new Date(Date.now() + 7 * 86_400_000).toISOString(),
  };
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}:${key}`, value]));
  const stack = await newStack({ directory: join(ROOT, "examples", directory) }, plane.ready, { config });
  await stack.up({ check: true });
  expect((await palisade(stack, ["drift", "--record"])).code).toBe(0);
  return { plane, stack };
}

test("01-quickstart: what it declares is live, and a change by hand is red until it is put right", async () => {
  const { plane, stack } = await example("01-quickstart", "palisade-quickstart");
  const seen = await look(stack);
  expect(seen.code).toBe(23);
  expect(seen.report.scope).toEqual({ stack: `palisade-quickstart/${STACK}`, projects: null });
  expect(seen.report.projects.map(({ name }) => name)).toEqual(["shop"]);
  expect(seen.red).toEqual([
    "audit-level-base shop",
    "default-branch-unprotected shop",
    "no-backup-schedule shop/main",
    "no-backup-schedule shop/production",
    "passwords-stored shop",
    // Made beside the stack, as a person would.
    "project-added by hand",
  ]);
  const [project] = seen.report.projects;
  await plane.api.call("PATCH", `/projects/${project?.id ?? ""}`, { project: { settings: { allowed_ips: { ips: [] } } } });
  const opened = await look(stack);
  expect(opened.red).toEqual(expect.arrayContaining(["open-to-every-address shop"]));
  expect([opened.statusOf("drifted"), seen.statusOf("drifted")]).toEqual(["fails", "holds"]);
  const page = join(stack.project, "page.html");
  expect((await palisade(stack, ["posture", "--output", "html", "--out", page])).code).toBe(23);
  expect(await readFile(page, "utf8")).toContain("Every address");
});

test("11-policy-weak: its mistakes that show on live objects are red", async () => {
  const { stack } = await example("11-policy-weak", "palisade-policy-weak");
  const { code, red, statusOf } = await look(stack);
  expect(code).toBe(23);
  const broken = ["very-large-list", "scope-without-protected-branch", "next-compute-opens"];
  expect(broken.map(statusOf)).toEqual(["fails", "fails", "fails"]);
  expect(red).toEqual([
    ...["by hand", "legacy", "shop"].map((name) => `audit-level-base ${name}`),
    "copy-without-end shop/copy",
    ...["by hand", "legacy", "shop"].map((name) => `default-branch-unprotected ${name}`),
    expect.stringMatching(/^key-for-many-projects pipeline/),
    ...["by hand/main", "legacy/main", "shop/main"].map((name) => `no-backup-schedule ${name}`),
    ...["by hand", "legacy", "shop"].map((name) => `open-to-every-address ${name}`),
    ...["by hand", "legacy", "shop"].map((name) => `passwords-stored ${name}`),
    ...["by hand", "legacy", "shop"].map((name) => `short-history ${name}`),
    "token-for-any-audience identity",
  ]);
});

test("12-policy-hardened: nobody whom it does not list reaches its rows, and what is red is what the policy pack lets pass", async () => {
  const { stack } = await example("12-policy-hardened", "palisade-policy-hardened");
  const { report, red, statusOf } = await look(stack);
  expect(red).toEqual([
    "audit-level-base by hand",
    // Schema and no rows, and open to every address: the example says so, and a scan tells it.
    "branch-outside-scope shop",
    "default-branch-unprotected by hand",
    ...["by hand/main", "legacy/main", "shop/main"].map((name) => `no-backup-schedule ${name}`),
    "passwords-stored by hand",
    "short-history by hand",
  ]);
  expect(report.findings.filter(({ severity }) => severity === "high")).toEqual([]);
  expect(report.controls.find(({ id }) => id === "open-to-every-address")).toMatchObject({
    status: "fails",
    toldBy: ["branch-outside-scope"],
  });
  const kept = ["protected-rows-on-open-branch", "default-branch-unprotected", "drifted", "undeclared"];
  expect(kept.map(statusOf)).toEqual(["holds", "fails", "holds", "holds"]);
});
