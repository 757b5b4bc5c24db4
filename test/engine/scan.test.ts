import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import ts from "typescript";
import { startPlane, type TestPlane } from "../support/plane.js";
import { countChanges } from "../support/pulumi.js";
import { branchOf } from "../review/world.js";
import { atEnd, forgetCalls, mutations, newStack, output, putAway, readRecorded } from "./lab.js";

const MAIN = resolve(__dirname, "../../dist/cli/main.js");

/** What a handful of projects can be like, names of every kind included. */
const WORLD = `
projects:
  - { name: open, id: open-00000001, regionId: aws-eu-central-1 }
  - name: listed
    id: listed-00000001
    settings: { allowed_ips: { ips: [203.0.113.0/24, 198.51.100.20-198.51.100.29, "2001:db8::/48"], protected_branches_only: true }, audit_log_level: full }
    branches: [{ name: main, protected: true }, { name: production, protected: true, computes: [read_write] }, { name: dev, parent: production }]
  - { name: closed, id: closed-00000001, pgVersion: 16, settings: { block_public_connections: true, block_vpc_connections: true } }
  - { name: "it's \\"\\\\ \`\${1}\` */ </script>\\u2028\\u202e", id: hostile-00000001, branches: [{ name: "ma\\nin", protected: true }] }
  - { name: broken, id: broken-00000001, settings: { allowed_ips: { ips: [10.0.0.1/8, 192.0.2.1] } } }
  - { name: wide, id: wide-00000001, settings: { allowed_ips: { ips: [0.0.0.0/0] } } }
`;

let plane: TestPlane;

jest.setTimeout(180_000);
beforeAll(async () => {
  plane = await startPlane({ seed: WORLD });
  atEnd(() => plane.stop());
  await branchOf(plane, "open-00000001", { name: "empty copy", init_source: "schema-only", protected: true });
});
afterAll(putAway, 60_000);

/** The command in an empty directory, configured by the environment. */
async function palisade(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: plane.directory,
    env: { NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey },
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk: Buffer) => (texts[name] += chunk.toString()));
  return { code: await new Promise<number | null>((done) => child.once("close", done)), ...texts };
}

test("`palisade scan --code` prints a program that takes everything over and changes nothing", async () => {
  await forgetCalls(plane.api);
  const { code, stdout: program, stderr } = await palisade("scan", "--code");
  expect(code).toBe(0);
  expect(stderr).toContain("palisade: left alone: broken, its network: 10.0.0.1/8 has host bits set");
  expect(stderr).toContain("palisade: left alone: wide, its network: these ranges admit every IPv4");
  expect(program).toMatch(/^ {2}\/\/ Left alone: "broken, its network": 10\.0\.0\.1\/8/m);

  const stack = await newStack(
    ts.transpileModule(program, { compilerOptions: { module: ts.ModuleKind.CommonJS } }).outputText,
    plane.ready,
  );
  const diagnostics = await faultsOf(program, stack.project);
  expect(diagnostics).toEqual([]);

  await stack.up({ check: true });
  const taken = await readRecorded(stack);
  expect(
    Object.values(taken)
      .map(({ id = "" }) => id.split("/")[0])
      .sort(),
  ).toEqual(["broken", "closed", "hostile", "listed", "listed", "open", "open", "wide"].map((name) => `${name}-00000001`));
  expect(taken["listed-00000001"]?.inputs?.["network"]).toMatchObject({ allow: "listed", scope: "protectedBranches" });
  expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 9 });
  expect(countChanges(await stack.refresh({ check: true }))).toEqual({ same: 9 });
  expect(await mutations(plane.api)).toEqual([]);

  // The program is the whole truth of what it took: a list that changed by hand is refused, and nothing is recorded.
  await plane.api.call("PATCH", "/projects/listed-00000001", { project: { settings: { allowed_ips: { ips: ["192.0.2.1"] } } } });
  await plane.api.settled("listed-00000001");
  const late = await newStack(ts.transpileModule(program, { compilerOptions: { module: ts.ModuleKind.CommonJS } }).outputText, plane.ready);
  const refused = await late.up();
  expect(refused.code).not.toBe(0);
  expect(output(refused)).toContain("The object to adopt differs from the program: Project listed-00000001");
});

/** What the compiler says of the program, as a user's strict project would see it. */
async function faultsOf(program: string, directory: string): Promise<string[]> {
  const file = join(directory, "printed.ts");
  await writeFile(file, program);
  const compiled = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    types: ["node"],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
  });
  return ts.getPreEmitDiagnostics(compiled).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
