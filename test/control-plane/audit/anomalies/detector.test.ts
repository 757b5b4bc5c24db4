import { AnomalyDetector } from "../../../../control-plane/audit/anomalies/detector.js";
import { FailedLogins } from "../../../../control-plane/audit/anomalies/failedLogins.js";
import { ANOMALY_RULES, type Finding } from "../../../../control-plane/audit/anomalies/finding.js";
import { KeyNetworks } from "../../../../control-plane/audit/anomalies/keyNetworks.js";
import { getNetwork } from "../../../../control-plane/audit/anomalies/networks.js";
import { RoleHabits } from "../../../../control-plane/audit/anomalies/roleHabits.js";
import { ATTACK_SCRIPTS } from "../../../../tools/anomalies/attacks.js";
import { judgeMonth, tryAttacks } from "../../../../tools/anomalies/evaluate.js";
import { createChange, createList, createLogin, DAY, type Draft, HOUR, MINUTE, toRows } from "../../../../tools/anomalies/rows.js";

const project = "shop";
const WRONG = "password-failed";
const HOME = "192.0.2.10";
const EVIL = "45.9.148.3";
const range = (length: number): number[] => Array.from({ length }, (_, at) => at);
const login = (at: number, role: string, address: string, reason?: string): Draft =>
  createLogin(at, { project, role, address, ...(reason !== undefined && { reason }) });

function judge(drafts: readonly Draft[]): Finding[] {
  const detector = new AnomalyDetector();
  return toRows(drafts).flatMap((row) => detector.step(row));
}
const told = (drafts: readonly Draft[]): string[] => judge(drafts).map(({ rule, severity }) => `${severity} ${rule}`);

/** A program, day and night; and a person, on some hours of the day. */
const program = (days: number, role = "app"): Draft[] => range(days * 48).map((at) => login(at * 30 * MINUTE, role, HOME));
const person = (days: number, role = "dev"): Draft[] =>
  range(days).flatMap((day) => [9, 11, 13, 15].map((hour) => login(day * DAY + hour * HOUR, role, HOME)));

describe("over normal months and attacks (npm run anomalies does 20)", () => {
  it.each([1, 2, 3])("month %i has at most one false alarm", (seed) => {
    expect(judgeMonth(seed, new AnomalyDetector()).alarms.length).toBeLessThanOrEqual(1);
  });

  it("every attack is found, and every rule finds one", () => {
    expect(tryAttacks(4, () => new AnomalyDetector()).filter(({ isFound }) => !isFound)).toEqual([]);
    const rules = new Set(ATTACK_SCRIPTS.map(({ rule }) => rule));
    // That a role's networks cannot be judged is no attack.
    expect(ANOMALY_RULES.filter((rule) => !rules.has(rule))).toEqual(["changing-networks"]);
  });

  it("would notice a rule that finds nothing", () => {
    expect(tryAttacks(4, () => ({ step: () => [] })).every(({ isFound }) => !isFound)).toBe(true);
  });

  it("finds the same in the same rows, and rows of findings say nothing", () => {
    const rows = toRows([...program(10), login(9 * DAY + MINUTE, "app", EVIL)]);
    const first = new AnomalyDetector();
    const findings = rows.flatMap((row) => first.step(row));
    const second = new AnomalyDetector();
    const mixed = rows.flatMap((row) => [
      ...second.step(row),
      ...second.step({ ...row, type: "anomaly", rule: "x", severity: "high", summary: "", evidence: [] } as never),
    ]);
    expect(mixed).toEqual(findings);
    expect(findings).not.toEqual([]);
  });
});

describe("guessed passwords", () => {
  it("some typos are none", () => {
    expect(told(range(29).map((at) => login(at * 1_000, "dev", HOME, WRONG)))).toEqual([]);
  });

  it("names the source, and rows that show it", () => {
    const [finding] = judge(range(40).map((at) => login(at * 1_000, "dev", EVIL, WRONG)));
    expect(finding).toMatchObject({
      rule: "failed-logins",
      severity: "medium",
      summary: expect.stringContaining("45.9.148.0/24") as string,
    });
    expect(finding?.evidence).toEqual(range(20).map((at) => at + 11));
  });

  it("is told once a day, and again when it has grown tenfold", () => {
    expect(told(range(299).map((at) => login(at * 1_000, "dev", EVIL, WRONG)))).toHaveLength(1);
    expect(told(range(400).map((at) => login(at * 1_000, "dev", EVIL, WRONG)))).toHaveLength(2);
    expect(told(range(3 * 24 * 60).map((at) => login(at * MINUTE, "dev", EVIL, WRONG))).length).toBeLessThanOrEqual(5);
  });

  it("other refusals are none: an address that is not on the list proves nothing about a password", () => {
    expect(told(range(500).map((at) => login(at * 1_000, "dev", EVIL, "ip-address-not-allowed")))).toEqual([]);
  });

  it("a person who mistypes and gets in does not count as one of many roles; whoever has one password does not wash the others", () => {
    const office = range(20).flatMap((at) => [login(at * HOUR, `dev${at}`, HOME, WRONG), login(at * HOUR + 5_000, `dev${at}`, HOME)]);
    expect(told(office)).toEqual([]);
    const thief = range(20).flatMap((at) => [login(at * HOUR, `dev${at}`, EVIL, WRONG), login(at * HOUR + 5_000, "dev0", EVIL)]);
    expect(told(thief)).toContain("high password-spraying");
  });

  it("whoever floods with sources and names of roles to be forgotten is seen all the same", () => {
    const flood = range(6_000).flatMap((at) => [
      login(at * 1_000, `r${at}`, `46.${at >> 8}.${at & 255}.1`, WRONG),
      ...(at % 300 === 0 ? [login(at * 1_000 + 1, "app", `47.0.${at / 300}.1`, WRONG)] : []),
    ]);
    expect(told(flood)).toContain("high password-spraying");
  });
});

describe("networks of a role", () => {
  it("a program's is told as soon as both are in use", () => {
    const findings = judge([...program(10), login(9 * DAY + MINUTE, "app", EVIL)]);
    expect(findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(["low new-network", "medium new-network"]);
    expect(findings[1]).toMatchObject({ role: "app", project_id: project, branch_id: "br-shop" });
  });

  it("a person who moves is told low, once; who is in two places for days, as more", () => {
    const moved = range(6).map((day) => login((10 + day) * DAY + 9 * HOUR, "dev", EVIL));
    expect(told([...person(10), ...moved])).toEqual(["low new-network"]);
    const beside = range(3).map((day) => login((10 + day) * DAY + 9 * HOUR + 30 * MINUTE, "dev", EVIL));
    const short = range(20).flatMap((day) => [9, 10, 11].map((hour) => login(day * DAY + hour * HOUR, "dev", HOME)));
    expect(told([...short, ...beside])).toEqual(["low new-network", "medium new-network"]);
  });

  it.each([
    ["ten thousand logins of one hour", range(10_000).map((at) => login(30 * DAY + at * 300, "app", EVIL))],
    ["a login each day for five days", range(5).map((day) => login((24 + day) * DAY + MINUTE, "app", EVIL))],
    ["a login now and then for a month", range(5).map((at) => login((8 + at * 5) * DAY + MINUTE, "app", EVIL))],
  ])("is not taught by %s, where it is used beside the known one", (_, rows) => {
    const later = login(39 * DAY + MINUTE, "app", EVIL);
    const findings = judge([...program(40), ...rows, later]);
    // It was told, and it is told again at the end: it never became known.
    expect(findings.filter(({ severity }) => severity === "medium")).not.toEqual([]);
    expect(toRows([...program(40), ...rows, later]).length).toBeGreaterThan(findings.length);
  });

  it("one that nothing spoke against is known after a week of days, and its return is told no more", () => {
    const moved = range(12).map((day) => login((10 + day) * DAY + 9 * HOUR, "dev", EVIL));
    const back = login(30 * DAY + 9 * HOUR, "dev", EVIL);
    expect(told([...person(10), ...moved, back])).toEqual(["low new-network"]);
  });

  it("a role of ever new networks is told as one that cannot be judged; nobody makes it one after its first week", () => {
    const rotating = range(20 * 12).map((at) => login(at * 2 * HOUR, "ci", `20.${at % 250}.0.1`));
    expect(told(rotating)).toEqual(["low changing-networks"]);
    const late = range(40).map((at) => login(20 * DAY + at * HOUR + MINUTE, "app", `46.${at}.0.1`));
    const findings = told([...program(22), ...late]);
    expect(findings).not.toContain("low changing-networks");
    expect(findings.filter((one) => one === "medium new-network").length).toBeGreaterThan(30);
  });

  it("through a private endpoint the endpoint is the network", () => {
    expect(getNetwork("192.0.2.77")).toBe("192.0.2.0/24");
    expect(getNetwork("2001:db8:1:2::3")).toBe("2001:db8:1::/48");
    const via = (at: number, address: string): Draft => ({ ...login(at, "app", address), via: "vpce-1" }) as Draft;
    expect(told(range(480).map((at) => via(at * 30 * MINUTE, `10.0.${at % 256}.1`)))).toEqual([]);
  });

  it("a dormant role that wakes is told, from a new network as high", () => {
    expect(told([...person(3), login(40 * DAY, "dev", HOME)])).toEqual(["medium dormant-role"]);
    expect(told([...person(3), login(40 * DAY, "dev", EVIL)])).toEqual(["high dormant-role", "low new-network"]);
    expect(told([...person(3), login(25 * DAY, "dev", HOME)])).toEqual([]);
  });
});

describe("lists and keys", () => {
  const edit = (at: number, before: readonly string[], after: readonly string[], settings = {}): Draft => {
    const document = createList(after)["settings"] as object;
    return createChange(at, {
      key: 1,
      address: HOME,
      project,
      kind: "project",
      before: createList(before),
      after: { settings: { ...document, ...settings } },
    });
  };

  it("opened and closed within an hour is told; later, or never closed, is not", () => {
    const [list, wide] = [["198.51.100.0/24"], ["198.51.100.0/24", EVIL]];
    expect(told([edit(0, list, wide), edit(59 * MINUTE, wide, list)])).toEqual(["medium list-opened"]);
    expect(told([edit(0, list, wide), edit(61 * MINUTE, wide, list)])).toEqual([]);
    expect(told([edit(0, list, wide), edit(MINUTE, wide, [...wide, HOME])])).toEqual([]);
    expect(told([edit(0, list, []), edit(MINUTE, [], list)])).toEqual(["high list-opened"]);
    expect(told([edit(0, wide, list), edit(MINUTE, list, wide)])).toEqual([]);
  });

  it("by another switch, too, and however the addresses are written", () => {
    const list = ["198.51.100.0/24"];
    const others = createChange(MINUTE, {
      ...{ key: 1, address: HOME, project, kind: "project", after: createList(list) },
      before: { settings: { allowed_ips: { ips: list, protected_branches_only: true } } },
    });
    const opened = edit(0, list, list, { allowed_ips: { ips: list, protected_branches_only: true } });
    expect(told([opened, others])).toEqual(["high list-opened"]);
    expect(told([edit(0, list, ["198.51.100.0-198.51.100.255"]), edit(MINUTE, ["198.51.100.0-198.51.100.255"], list)])).toEqual([]);
  });

  it("a key in two networks within an hour, one of them new, is told; from home to the office is not", () => {
    const use = (at: number, address: string): Draft => createChange(at, { key: 7, address, project, kind: "role", after: {} });
    const learnt = range(7).flatMap((day) => [use(day * DAY, HOME), use(day * DAY + HOUR, "198.51.100.1")]);
    expect(told([...learnt, use(9 * DAY, HOME), use(9 * DAY + MINUTE, "198.51.100.1")])).toEqual([]);
    expect(told([...learnt, use(9 * DAY, HOME), use(9 * DAY + MINUTE, EVIL)])).toEqual(["high key-in-two-networks"]);
    expect(told([...learnt, use(9 * DAY, EVIL), use(9 * DAY + MINUTE, HOME)])).toEqual(["high key-in-two-networks"]);
    expect(told([...learnt, use(9 * DAY, HOME), use(9 * DAY + 2 * HOUR, EVIL)])).toEqual([]);
  });
});

describe("what is kept is bounded", () => {
  it("and what is told, whatever a client calls itself", () => {
    const name = `\u001b[2J\n"${"x".repeat(10_000)}`;
    const findings = judge(
      range(400).map((at) =>
        login(at * MINUTE, `${name}${at}`, at % 2 === 0 ? EVIL : `46.${at}.0.1`.replace(/\d{3}(?=\.0)/, String(at % 250)), WRONG),
      ),
    );
    const entered = judge([...range(40).map((at) => login(at * 1_000, name, EVIL, WRONG)), login(MINUTE, name, EVIL)]);
    for (const { summary, role } of [...findings, ...entered]) {
      expect(summary).toMatch(/^[ -~]{1,300}$/);
      expect((role ?? "").length).toBeLessThanOrEqual(63);
    }
    expect(entered.map(({ severity }) => severity)).toContain("high");
  });

  it("whatever an attacker makes up", () => {
    const [failed, roles, keys] = [new FailedLogins(), new RoleHabits(), new KeyNetworks()];
    for (const row of toRows(program(10))) roles.step(row);
    for (const row of toRows(
      range(20_000).flatMap((at) => [
        login(11 * DAY + at * 100, `r${at}`, `46.${at >> 8}.${at & 255}.1`, WRONG),
        login(11 * DAY + at * 100, `r${at}`, `46.${at >> 8}.${at & 255}.1`),
        createChange(11 * DAY + at * 100, { key: at, address: `46.${at >> 8}.${at & 255}.1`, project, kind: "role", after: {} }),
      ]),
    ))
      for (const rule of [failed, roles, keys]) rule.step(row);
    expect([failed.size, roles.size, keys.size].every((size) => size <= 2_000)).toBe(true);
    // Established ones are not pushed out by new ones: the app's habit is still known.
    const [late, next] = toRows([login(12 * DAY, "app", EVIL), login(12 * DAY + MINUTE, "app", HOME)]);
    if (late === undefined || next === undefined) throw new Error("no rows");
    expect(roles.step(late).map(({ rule }) => rule)).toEqual(["new-network"]);
  });
});
