import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedPlane } from "../support/plane.js";
import { Palisade } from "../support/palisade.js";

const palisade = new Palisade();
afterAll(() => palisade.end(), 30_000);

const QUIET = "audit_log_level: full, allowed_ips: { ips: [192.0.2.0/24] }";
const SEED = `
organisations:
  - { name: Empty, id: org-empty-north-00000001 }
projects:
  - { name: "\\e[31mred\\u202egnp.exe\\r\\n注文", id: shop-00000001, settings: { ${QUIET} }, branches: [{ name: "main\\e[2J", protected: true }] }
  - { name: ${"long-".repeat(40)}, id: vault-00000001, settings: { audit_log_level: full } }
keys:
  - { name: one, kind: project, project: shop-00000001, key: napi_one }
  - { name: empty, kind: organisation, organisation: Empty, key: napi_empty }
`;

jest.setTimeout(30_000);

let directory: string;
const plane = sharedPlane({ seed: SEED });
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-scan-"))));
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** In an empty directory, where the environment alone decides. */
async function scan(words: readonly string[] = [], environment: Record<string, string> = {}) {
  const env = { NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey, ...environment };
  return palisade.run({ words: ["scan", ...words], cwd: directory, env });
}

const ANNOUNCED = /^palisade: the control API is http:\S+ \(from NEON_API_HOST\)\n$/;

it("needs a key and nothing else, exits with 23 when it finds something, and says nothing beside the result", async () => {
  const { code, stdout, stderr } = await scan();
  expect([code, stderr]).toEqual([23, expect.stringMatching(ANNOUNCED)]);
  expect(stdout).toMatch(/^Palisade \(org-/);
  expect(stdout).toMatch(/Findings: 1 high, 1 medium, 2 low/);
});

it("shows names that would steer a terminal as what they are, in a table and in lines of 100 columns", async () => {
  const { stdout } = await scan([], { CI: "true", FORCE_COLOR: "1" });
  expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(stdout).toContain("\\u{1b}[31mred\\u{202… main\\u{1b}[2J   DP");
  expect(stdout).toContain("- \\u{1b}[31mred\\u{202e}gnp.exe\\u{d}\\u{a}… (shop-00000001): stored\n");
  expect(stdout).toMatch(/^long-long-long-long… main .*\n/m);
  expect(stdout).toMatch(/- (long-){7}long… \(vault-00000001\): main/);
  expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
});

it("prints JSON that is safe to show and carries the names unchanged", async () => {
  const { code, stdout } = await scan(["--output", "json"]);
  expect(code).toBe(23);
  expect(stdout.trimEnd()).toMatch(/^[\x20-\x7e\p{L}]+$/u);
  const { projects } = JSON.parse(stdout) as { projects: { id: string; name: string }[] };
  expect(projects.find(({ id }) => id === "shop-00000001")?.name).toBe("\u001b[31mred\u202egnp.exe\r\n注文");
});

it("exits with 0 where there is nothing to find, and with 22 where a part could not be judged", async () => {
  const empty = await scan([], { NEON_API_KEY: "napi_empty" });
  expect([empty.code, empty.stdout]).toEqual([0, expect.stringContaining("0 projects, 0 branches, 6 calls\n\nNo findings.\n")]);
  const one = await scan([], { NEON_API_KEY: "napi_one" });
  expect(one.code).toBe(22);
  expect(one.stdout.replace(/\s+/g, " ")).toContain("its other projects, its private endpoints: the key belongs to one project");
});

it("takes the organisation that is named, and fails with a sentence for one the key cannot see", async () => {
  expect((await scan(["--org", plane.ready.orgId])).code).toBe(23);
  const { code, stdout, stderr } = await scan(["--org", "org-empty-north-00000001"]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("The API key cannot see the configured organisation: org-empty-north-00000001");
});

it("fails without a key, and for a line that makes no sense", async () => {
  expect(await scan([], { NEON_API_KEY: "" })).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("PAL_NO_KEY") as string,
  });
  expect((await scan(["--code", "--output", "json"])).code).toBe(2);
  expect((await scan(["--output", "xml"])).code).toBe(2);
});

it("prints a program with --code, whatever the names are, and findings do not count there", async () => {
  const { code, stdout } = await scan(["--code"]);
  expect(code).toBe(0);
  expect(stdout).toContain('import * as neon from "@palisade/neon";');
  expect(stdout).toContain('name: "\\u001b[31mred\\u202egnp.exe\\r\\n注文"');
  expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});
