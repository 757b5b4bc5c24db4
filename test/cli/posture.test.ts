import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveRun } from "../../cli/posture/files.js";
import { asff, inspector } from "../review/posture/exports.js";
import { Palisade } from "../support/palisade.js";
import { sharedPlane } from "../support/plane.js";

const palisade = new Palisade();
afterAll(() => palisade.end(), 30_000);

const plane = sharedPlane({
  seed: `
organisations:
  - { name: Empty, id: org-empty-north-00000001 }
users:
  - { name: Eve, email: eve@empty.example, organisation: Empty, role: admin }
projects:
  - { name: open, id: open-00000001, settings: {} }
  - { name: closed, id: closed-00000001, settings: { block_public_connections: true, block_vpc_connections: true, audit_log_level: full }, branches: [{ name: main, protected: true }] }
keys:
  - { name: one, kind: project, project: closed, key: napi_one }
  - { name: eve, kind: personal, user: Eve, key: napi_eve }
`,
});
let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-posture-"))));
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** In an empty directory, where the environment alone decides. */
async function posture(words: readonly string[] = [], environment: Record<string, string> = {}) {
  const env = { NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey, ...environment };
  return palisade.run({ words: ["posture", ...words], cwd: directory, env });
}
const write = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

it("ends with 23 where something is red, with 22 where a part could not be read, and with 0 where nothing is left", async () => {
  expect(await posture()).toMatchObject({ code: 23, stdout: expect.stringContaining("open-to-every-address open-00000001") as string });
  expect((await posture([], { NEON_API_KEY: "napi_eve" })).code).toBe(0);
  const accepted = ["passwords-stored", "no-backup-schedule", "short-history"].map((rule) => ({
    rule,
    resource: "*",
    reason: "a test",
    expires: "2999-01-01",
  }));
  const blind = await posture(["--exceptions", write("accepted.json", JSON.stringify(accepted))], { NEON_API_KEY: "napi_one" });
  expect([blind.code, blind.stdout]).toEqual([22, expect.stringContaining("the key belongs to one project")]);
});

it("looks at the named projects alone, and says when one is not there", async () => {
  const { stdout } = await posture(["--project", "closed-00000001", "--output", "json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    scope: { stack: null, projects: ["closed-00000001"] },
    projects: [{ id: "closed-00000001" }],
  });
  expect(await posture(["--project", "gone-00000001"])).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("no project gone-00000001") as string,
  });
});

it("prints JSON and HTML that are safe to show, and writes a file for this user alone", async () => {
  const json = await posture(["--output", "json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ kind: "palisade-posture", version: 1, neon: false });
  expect(json.stdout).not.toContain(plane.ready.apiKey);
  const file = join(directory, "page.html");
  const other = write("other", "kept");
  symlinkSync(other, file);
  expect(await posture(["--output", "html", "--out", file])).toMatchObject({ code: 23, stdout: "" });
  expect([readFileSync(file, "utf8").slice(0, 15), statSync(file).mode & 0o777, readFileSync(other, "utf8")]).toEqual([
    "<!doctype html>",
    0o600,
    "kept",
  ]);
  expect(readdirSync(directory).sort()).toEqual(["other", "page.html"]);
});

describe("with --findings", () => {
  const unwrap = (text = "") => text.replace(/\s+/g, " ");
  const quiet = { NEON_API_KEY: "napi_eve" };
  const [open, unrated] = [asff(), asff({ Severity: {} })].map((value) => JSON.stringify(value)) as [string, string];

  it("ends with 23, 22 and 0 as the findings of what bears the tags are open, of no severity, or somebody else's", async () => {
    const files = [open, unrated, open.replace("dataClass", "other")].map((text, at) => write(`${at}.json`, text));
    const runs = await Promise.all(files.map((file) => posture(["--findings", file], quiet)));
    expect(runs.map(({ code }) => code)).toEqual([23, 22, 0]);
    expect(unwrap(runs[0]?.stdout)).toContain("S3.8 Buckets should block public access (AWS Security Hub, high)");
    expect(unwrap(runs[2]?.stdout)).toContain("1 of what lacks the tags");
  });

  it("adds the findings of several files, to a history as well, and shows each file on the page", async () => {
    const words = ["--findings", write("a.json", open), "--findings", write("b.json", JSON.stringify(inspector()))];
    const { stdout } = await posture([...words, "--history", join(directory, "runs"), "--output", "json"], quiet);
    const sha256 = createHash("sha256").update(open).digest("hex");
    expect(JSON.parse(stdout)).toMatchObject({ exports: [{ sha256, judged: 1 }, { judged: 1 }], totals: { findings: 2, overdue: 2 } });
    expect((await posture([...words, "--output", "html"], quiet)).stdout).toContain(sha256);
  });

  it("refuses a file that is none or larger than 64 MB, by its name, and prints and keeps nothing", async () => {
    const large = write("large.json", "");
    truncateSync(large, 64 * 1024 * 1024 + 1);
    for (const file of [write("broken.json", '{"findings":[{}]}'), large]) {
      const { code, stdout, stderr } = await posture(["--findings", file, "--history", join(directory, "runs")], quiet);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/(?:broken\.json: findings\.0\.findingArn|large\.json: the files together)[^]*PAL_BAD_FINDINGS/);
    }
    expect(readdirSync(directory).sort()).toEqual(["broken.json", "large.json"]);
  });
});

describe("with --history", () => {
  it("adds each run to a folder that it makes for this user alone, and shows the runs as a trend", async () => {
    const runs = join(directory, "runs");
    await posture(["--history", runs]);
    const { stdout } = await posture(["--history", runs, "--output", "json"]);
    expect((JSON.parse(stdout) as { trend: unknown[] }).trend).toHaveLength(2);
    expect(readdirSync(runs).map((name) => name.replace(/\d/g, "0"))).toEqual(Array(2).fill("posture-00000000T000000000Z.json"));
    expect([statSync(runs).mode & 0o777, ...readdirSync(runs).map((name) => statSync(join(runs, name)).mode & 0o777)]).toEqual([
      0o700, 0o600, 0o600,
    ]);
  });

  it("adds no run that the next one could not read", async () => {
    const runs = join(directory, "runs");
    const text = "x".repeat(64 * 1024 * 1024);
    await expect(saveRun(runs, new Date(0).toISOString(), `${text}x`)).rejects.toThrow("PAL_BAD_HISTORY");
    expect(readdirSync(directory)).toEqual([]);
    await expect(saveRun(runs, new Date(0).toISOString(), text)).resolves.toContain("posture-19700101T000000000Z.json");
  });

  const broken: readonly (readonly [string, (runs: string) => void])[] = [
    [
      "a folder that others may write",
      (runs) => {
        chmodSync(runs, 0o777);
      },
    ],
    [
      "a file that others may write",
      (runs) => {
        writeFileSync(join(runs, "posture-20260101T000000000Z.json"), "{}");
        chmodSync(join(runs, "posture-20260101T000000000Z.json"), 0o666);
      },
    ],
    [
      "a link",
      (runs) => {
        symlinkSync("/etc/passwd", join(runs, "posture-20260101T000000000Z.json"));
      },
    ],
    [
      "a folder in a file's place",
      (runs) => {
        mkdirSync(join(runs, "posture-20260101T000000000Z.json"));
      },
    ],
    [
      "a file that is no run",
      (runs) => {
        writeFileSync(join(runs, "posture-20260101T000000000Z.json"), "{", { mode: 0o600 });
      },
    ],
  ];
  it.each(broken)("refuses %s, and adds nothing", async (_, damage) => {
    const runs = join(directory, "runs");
    mkdirSync(runs, { mode: 0o700 });
    damage(runs);
    const before = readdirSync(runs);
    expect(await posture(["--history", runs])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("PAL_BAD_HISTORY") as string,
    });
    expect(readdirSync(runs)).toEqual(before);
  });
});

it.each([
  ["- { rule: passwords-stored, resource: open-00000001, reason: known }", "expires"],
  ["- { rule: passwords-stored, resource: open-00000001, reason: TODO, expires: 2999-01-01 }", "reason"],
  ["- { rule: passwords-stored, rule: again }", "unique"],
  ["- { rule: passwords-stored, resource: x, reason: known, expires: 2999-01-01, colour: red }", "colour"],
  ["a: &a [x, x]\nb: *c", "alias"],
])("refuses exceptions that are not strict: %s", async (text, why) => {
  const { code, stderr } = await posture(["--exceptions", write("exceptions.yaml", text)]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("PAL_BAD_IGNORE")]);
  expect(stderr.toLowerCase()).toContain(why);
});

it.each([
  [["--output", "xml"], "--output"],
  [["--exceptions", "nowhere.yaml"], "--exceptions: nowhere.yaml does not exist"],
])("%j is wrong usage", async (words, message) => {
  expect(await posture(words)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) as string });
});

describe("a path that cannot be used is told in a sentence:", () => {
  const paths: readonly (readonly [string, () => readonly string[]])[] = [
    ["a history that is a file", () => ["--history", write("runs", "")]],
    [
      "a history that is a link",
      () => {
        mkdirSync(join(directory, "real"), { mode: 0o700 });
        symlinkSync(join(directory, "real"), join(directory, "runs"));
        return ["--history", join(directory, "runs")];
      },
    ],
    ["a history below a file", () => ["--history", join(write("file", ""), "runs")]],
    ["a history with a name that is too long", () => ["--history", join(directory, "n".repeat(300))]],
    ["a page in a folder that is not there", () => ["--out", join(directory, "nowhere", "page.html")]],
    ["a page below a file", () => ["--out", join(write("other", ""), "page.html")]],
    ["a page that is a folder", () => ["--out", directory]],
    ["an empty name of a page", () => ["--out", ""]],
    ["exceptions that are a folder", () => ["--exceptions", directory]],
  ];
  it.each(paths)("%s", async (_, getWords) => {
    const { code, stderr } = await posture(getWords());
    expect([1, 2]).toContain(code);
    expect(stderr).not.toMatch(/PAL_INTERNAL|^\s+at |node:/m);
    expect(readdirSync(directory).filter((name) => name.startsWith(".palisade-"))).toEqual([]);
  });
});
