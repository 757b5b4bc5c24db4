import { postureControls } from "../../review/posture/controls/index.js";
import { controls } from "../../policy/controls/index.js";
import { type Control } from "../../policy/control.js";
import { CannotJudgeError } from "../../policy/subject.js";
import { ISO27001, SOC2 } from "../../contract/frameworks.js";
import { judge } from "../../policy/judge.js";
import { isProperties, UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";
import { CASES } from "./cases.js";
import { raw, subject, urnOf } from "./subjects.js";

const control = (id: string): Control => {
  const found = controls.find((one) => one.id === id);
  if (!found) throw new Error(`there is no control ${id}`);
  return found;
};
const nth = <T>(cases: readonly T[]) => cases.map((one, at) => [at, one] as const);

it("each control has weak, hardened and unknown cases", () => {
  expect(Object.keys(CASES)).toEqual(controls.map(({ id }) => id));
  const without = (name: "weak" | "hardened" | "unknown") => Object.keys(CASES).filter((id) => CASES[id]?.[name].length === 0);
  // The engine never leaves an option unknown.
  expect([without("weak"), without("hardened"), without("unknown")]).toEqual([[], [], ["no-ignored-changes"]]);
});

describe.each(controls)("$id", (one) => {
  const { weak = [], hardened = [] } = CASES[one.id] ?? {};

  it.each(nth(weak))("objects to weak case %d, and shows nothing that could be secret", (_, subjects) => {
    const verdicts = judge(one, subjects);
    expect(verdicts.filter(({ judged }) => judged)).not.toEqual([]);
    const values = subjects.flatMap(({ inputs }) => leaves(inputs)).filter((text) => /[\d.@:/]/.test(text));
    expect(verdicts.filter(({ message: says }) => values.some((value) => says.includes(value)))).toEqual([]);
  });

  it.each(nth(hardened))("lets hardened case %d pass", (_, subjects) => {
    expect(judge(one, subjects)).toEqual([]);
  });

  it("names the clauses that it gives evidence for", () => {
    expect([one.soc2.length, one.iso27001.length].every((count) => count > 0)).toBe(true);
  });
});

it.each(Object.entries(CASES).flatMap(([id, { unknown }]) => unknown.map((subjects, at) => [id, at, subjects] as const)))(
  "%s neither passes nor refuses unknown case %d: it says that it cannot judge",
  (id, _, subjects) => {
    const verdicts = judge(control(id), subjects);
    expect(verdicts.filter(({ judged }) => judged)).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(0);
  },
);

const leaves = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : Array.isArray(value)
      ? value.flatMap(leaves)
      : isProperties(value)
        ? Object.values(value).flatMap(leaves)
        : [];

it("no clause is listed that no control gives evidence for, of the pack or of the posture", () => {
  const used = [...controls, ...postureControls].flatMap(({ soc2, iso27001 }) => [...soc2, ...iso27001]);
  expect([...Object.keys(SOC2), ...Object.keys(ISO27001)].filter((clause) => !used.includes(clause as never))).toEqual([]);
});

describe("settings", () => {
  const retained = (seconds: number) => [subject("Project", { historyRetentionSeconds: seconds })];

  it("move the limit", () => {
    expect(judge(control("history-retained"), retained(86_400), { days: 1 })).toEqual([]);
    expect(judge(control("history-retained"), retained(8 * 86_400), { days: 9 })).toHaveLength(1);
    expect(judge(control("overlap-bounded"), [subject("RotatingRole", { keepPreviousSeconds: 60 })], { days: 0 })).toHaveLength(1);
    const slash15 = [subject("IpAllowlistEntry", { ranges: ["10.0.0.0/15"] })];
    expect(judge(control("list-narrow"), slash15, { ipv4PrefixBits: 15 })).toEqual([]);
    expect(judge(control("list-narrow"), slash15, { ipv6PrefixBits: 15 })).toHaveLength(1);
    expect(judge(control("audit-level"), [subject("Project", { auditLogLevel: "extended" })], { least: "full" })).toHaveLength(1);
    const live = [subject("Branch", { name: "live" })];
    expect(judge(control("production-protected"), live, { productionBranches: "^live$" })).toHaveLength(1);
    expect(judge(control("copies-expire"), live, { lastingBranches: "^live$" })).toEqual([]);
  });

  it("that do not exist are an objection: a misspelt threshold must not count as set", () => {
    expect(judge(control("history-retained"), retained(30 * 86_400), { day: 1 })).toEqual([
      { urn: urnOf("Project"), judged: true, message: "The configuration has no setting day." },
    ]);
  });
});

describe("what is no declaration", () => {
  it("is not judged: a look-up declares nothing", () => {
    expect(judge(control("audit-level"), [raw("Project", { managedBy: "x" })])).toEqual([
      { urn: urnOf("Project"), judged: false, message: "it is looked up, not declared" },
    ]);
  });

  it("stands in nobody's way: other types are left alone", () => {
    const other = { ...raw("Role", {}), kind: undefined, type: "aws:s3/bucket:Bucket", ignoreChanges: ["tags"] };
    expect(controls.flatMap((one) => judge(one, [other]))).toEqual([]);
  });
});

describe("which project a resource belongs to", () => {
  const scoped = { network: { allow: "listed", ranges: ["203.0.113.0/24"], scope: "protectedBranches" } };
  const guards = control("scope-guards-something");

  it("is known of an adopted one by its id", () => {
    const adopted = subject("Project", { ...scoped, adopt: "quiet-lake-12345678" });
    expect(judge(guards, [adopted, subject("BranchProtection")])).toEqual([]);
    expect(judge(guards, [adopted, subject("BranchProtection", { projectId: "other-lake-12345678" })])).toHaveLength(1);
  });

  it("is told by no id where two are told: what is of another project guards nothing here", () => {
    const of = { origins: { projectId: [urnOf("Project")] } };
    const made = subject("BranchProtection", { projectId: "other-lake-12345678" }, of);
    expect(judge(guards, [subject("Project", scoped), subject("Role", {}, of), made])).toHaveLength(1);
  });

  it("is unclear where a value comes from two projects: neither counts as guarded by it", () => {
    const both = { origins: { projectId: [urnOf("Project", "a"), urnOf("Project", "b")] } };
    const subjects = [
      subject("Project", scoped, { name: "a" }),
      subject("Project", scoped, { name: "b" }),
      subject("BranchProtection", { projectId: UNKNOWN }, both),
    ];
    expect(judge(guards, subjects).map(({ judged }) => judged)).toEqual([false, false]);
  });

  it("is found in a circle of origins without an end", () => {
    const circle = subject("Branch", { projectId: UNKNOWN }, { origins: { projectId: [urnOf("Branch")] } });
    expect(judge(control("copies-guarded"), [circle])).toEqual([
      { urn: urnOf("Branch"), judged: false, message: "which project it belongs to is known only after the update" },
    ]);
  });
});

it("addresses that the provider itself refuses are an objection too: a state may hold them", () => {
  const halves = raw("Project", { name: "x", regionId: "x", network: { allow: "listed", ranges: ["0.0.0.0/1", "128.0.0.0/1"] } });
  expect(judge(control("list-not-everyone"), [halves])).toHaveLength(1);
  const plain = raw("JwksUrl", { projectId: "x", jwksUrl: "http://keys.example.com", providerName: "x", audience: "x" });
  expect(judge(control("tokens-for-one-audience"), [plain])).toHaveLength(1);
});

it("an error of a control is no verdict: it ends the run", () => {
  const broken: Control = {
    ...control("audit-level"),
    check: () => {
      throw new TypeError("broken");
    },
  };
  expect(() => judge(broken, [subject("Project")])).toThrow(TypeError);
  expect(new CannotJudgeError("x")).toBeInstanceOf(Error);
});
