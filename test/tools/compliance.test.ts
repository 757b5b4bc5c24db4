import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { listVerbModels } from "../../cli/completion/model.js";
import { VERBS } from "../../cli/verbs.js";
import { CCPA, GDPR, ISO27701, PRIVACY, type PrivacyMeasure } from "../../contract/frameworks.js";
import { PROMISES } from "../../contract/promises.js";
import { controls as policyControls } from "../../policy/controls/index.js";
import { postureControls } from "../../review/posture/controls/index.js";
import { buildPolicyRows, buildPostureRows, COMPONENTS, listControlsOf } from "../../tools/generate/complianceRows.js";

/** What docs/compliance.md claims is there. */
const ROOT = resolve(__dirname, "../..");
const rows = [...buildPostureRows(), ...buildPolicyRows()];
const scripts = Object.keys((JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts);

it("each control has a check, evidence, clauses and a promise", () => {
  expect(rows.length).toBe(postureControls.length + policyControls.length);
  const lacking = rows.filter(({ check, evidence, soc2, iso27001, promises }) =>
    [check, evidence, soc2, iso27001, promises].some(({ length }) => length === 0),
  );
  expect(lacking.map(({ id }) => id)).toEqual([]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
});

it("each clause about personal data rests on one sentence, and is used", () => {
  for (const { because } of Object.values<PrivacyMeasure>(PRIVACY)) expect(because).toMatch(/^[A-Z][^.]+\.$/);
  const measures = Object.values<PrivacyMeasure>(PRIVACY);
  const used = (key: "iso27701" | "gdpr" | "ccpa") => new Set<string>(measures.flatMap((one) => one[key]));
  expect([...used("iso27701")].sort()).toEqual(Object.keys(ISO27701).sort());
  expect([...used("gdpr")].sort()).toEqual(Object.keys(GDPR).sort());
  expect([...used("ccpa")].sort()).toEqual(Object.keys(CCPA).sort());
  const of = new Set(rows.map(({ privacy }) => privacy));
  expect(Object.keys(PRIVACY).filter((name) => !of.has(name as keyof typeof PRIVACY))).toEqual([]);
});

it("each promise is a row of 24, and each control names rows that are there", () => {
  expect(PROMISES.map(({ row }) => row)).toEqual(Array.from({ length: 24 }, (_, at) => at + 1));
  expect(rows.flatMap(({ promises }) => promises).filter((row) => !PROMISES.some((one) => one.row === row))).toEqual([]);
  expect(listControlsOf(6)).toContain("open-to-every-address");
});

it("each promise is shown by commands that exist, with options that they have", async () => {
  const verbs = await listVerbModels(VERBS);
  const isThere = (command: string): boolean => {
    const [program, name = "", ...words] = command.split(" ");
    const options = words.filter((word) => word.startsWith("--"));
    // What is checked must be there first: the clone has no such file of its own.
    const read = words.filter((_, index) => ["--check", "--file", "--policy-pack"].includes(words[index - 1] ?? ""));
    if (!read.every((path) => existsSync(join(ROOT, path)))) return false;
    if (program === "palisade")
      return verbs.some(
        (verb) => verb.name === name && options.every((option) => verb.options.some(({ names }) => names.includes(option))),
      );
    if (program === "npm") return name === "start" || (name === "run" && scripts.includes(words[0] ?? ""));
    if (program === "npx") return name === "jest" && existsSync(join(ROOT, words[0] ?? ""));
    return command.startsWith("pulumi preview --policy-pack ");
  };
  const commands = PROMISES.flatMap(({ shownBy }) => shownBy);
  expect(PROMISES.filter(({ shownBy }) => shownBy.length === 0)).toEqual([]);
  expect(commands.filter((command) => !isThere(command))).toEqual([]);
  expect(
    [
      "palisade nothing",
      "palisade scan --colour",
      "npm run nothing",
      "npx jest test/nowhere",
      "palisade security-txt --check none.txt",
    ].some(isThere),
  ).toBe(false);
});

it("access for a time is shown by its own command, and what Neon has not of it is said", () => {
  const row = PROMISES.find(({ promise }) => promise.startsWith("Extra access by request"));
  expect(row?.shownBy).toContain("palisade approve-access");
  expect(row?.missing).toContain("at Neon");
});

it("the changelog counts the controls that there are", () => {
  const changelog = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8");
  const counts = [...changelog.matchAll(/^- (.+): (\d+) controls /gm)].map(([, of = "", count]) => [/posture/.test(of), Number(count)]);
  expect(counts).toEqual([
    [false, policyControls.length],
    [true, postureControls.length],
  ]);
});

it("what a control of live objects asks of a program, and what a component keeps to, are controls", () => {
  const policies = policyControls.map(({ id }) => id);
  expect(postureControls.flatMap((one) => one.policies).filter((id) => !policies.includes(id))).toEqual([]);
  const all = rows.map(({ id }) => id);
  expect(COMPONENTS.flatMap(({ controls }) => controls).filter((id) => !all.includes(id))).toEqual([]);
});

it("each component of the clouds is listed", () => {
  const exported = ["aws", "azure"].flatMap((cloud) =>
    [...readFileSync(join(ROOT, "components", cloud, "index.ts"), "utf8").matchAll(/^export \{([^}]+)\}/gm)].flatMap(([, names = ""]) =>
      names.split(",").flatMap((name) => (name.trim().startsWith("type ") ? [] : [name.trim()])),
    ),
  );
  expect(exported).toContain("PrivateNetwork");
  expect([...new Set(exported)].filter((name) => !COMPONENTS.some((one) => one.name === name))).toEqual([]);
});
