import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { getAppliedFile, readAppliedFile, readIgnoreRules, writeApplied } from "../../../cli/drift/files.js";
import { notify, parseWebhookUrl } from "../../../cli/drift/webhook.js";
import { assertNewFile, writeNewFile } from "../../../cli/newFile.js";
import { buildTargetFlags } from "../../../cli/verbs/enforce.js";
import { parseState } from "../../../review/change/state.js";
import { buildApplied, buildBaseline, parseDeclaredState, parseApplied } from "../../../review/drift/appliedRecord.js";
import type { JudgedItem } from "../../../review/drift/compare.js";
import { draftIgnore } from "../../../review/drift/ignoreDraft.js";
import { applyIgnoreRules, parseIgnoreRules } from "../../../review/drift/ignore.js";
import type { DriftFinding } from "../../../review/drift/driftItem.js";
import { listOverdue } from "../../../review/drift/overdue.js";
import { listOverdueAccess } from "../../../review/drift/overdueAccess.js";
import {
  computeDelta,
  getDirection,
  setCompute,
  updateFacts,
  removeBranch,
  removeCompute,
  setProtection,
} from "../../../review/reachability/edits.js";
import { EMPTY, type ReachabilityModel } from "../../../review/reachability/model.js";
import { anyText } from "../../support/anyText.js";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const TYPE = "pulumi-nodejs:dynamic/palisade:Project";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-drift-"))));
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const exported = (...resources: object[]) => JSON.stringify({ version: 3, deployment: { resources } });
const project = (name: string, more: object = {}) => ({
  urn: `urn:pulumi:dev::test::${TYPE}::${name}`,
  type: TYPE,
  id: `${name}-1`,
  inputs: { name, __provider: "code" },
  outputs: { host: "h" },
  ...more,
});

describe("the record of what was applied", () => {
  it("keeps inputs and no secret, no code, nothing of what is only read", () => {
    const text = exported(
      project("a", {
        inputs: { name: "a", network: SECRET, __provider: "code", revealPassword: true },
        outputs: { host: SECRET, defaultBranchId: "br-1", origin: { host: "h" } },
      }),
      project("read", { external: true }),
      project("old", { delete: true }),
      { urn: "urn:pulumi:dev::test::aws:s3:Bucket::b", type: "aws:s3:Bucket", id: "b" },
    );
    const applied = buildApplied(parseDeclaredState(text), "dev", NOW);
    expect(applied.resources.map(({ id }) => id)).toEqual(["a-1"]);
    expect(JSON.stringify(applied)).not.toMatch(/ciphertext|v1:abc|code|revealPassword/);
    expect(applied.resources[0]?.outputs).toMatchObject({ defaultBranchId: "br-1", origin: { host: "h" } });
    expect(parseApplied(JSON.stringify(applied))).toEqual(applied);
  });

  it("outlives what a refresh makes of the state, and knows what came after it", () => {
    const at = (...resources: object[]) => buildApplied(parseState(exported(...resources)), "dev", NOW);
    const applied = at(project("a"), project("b"), project("c"));
    const state = at(project("a", { inputs: { name: "laundered" } }), project("c", { id: "c-2" }), project("d"));
    const { managed, unrecorded } = buildBaseline(state, applied);
    expect(managed.map(({ id, inputs }) => [id, inputs["name"]])).toEqual([
      ["a-1", "a"],
      ["b-1", "b"],
      ["c-2", "c"],
      ["d-1", "d"],
    ]);
    expect(unrecorded.map((urn) => urn.at(-1))).toEqual(["c", "d"]);
  });

  it("is a file for this user alone, and is refused when others may write it, when it is not one, or of another stack", async () => {
    const applied = buildApplied(parseState(exported(project("a"))), "dev", NOW);
    const file = getAppliedFile(directory, "../../etc/dev");
    expect(file).toBe(join(directory, ".palisade", "applied-------etc-dev.json"));
    await writeApplied(file, applied);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readAppliedFile(file, "dev")).toEqual(applied);
    await expect(readAppliedFile(file, "prod")).rejects.toThrow("PAL_BAD_APPLIED");
    expect(await readAppliedFile(join(directory, "none.json"), "dev")).toBeUndefined();
    chmodSync(file, 0o666);
    await expect(readAppliedFile(file, "dev")).rejects.toThrow("others may write");
    for (const text of ["", "{", "[]", '{"version":2}']) expect(() => parseApplied(text)).toThrow("PAL_BAD_APPLIED");
  });
});

describe("the ignore file", () => {
  const finding = (rule: string, id: string): JudgedItem => ({
    finding: { rule, resource: { kind: "x", id, name: id }, class: "added", severity: "low", direction: "opens", says: "", remedy: "" },
    traces: [],
    closing: undefined,
  });
  const rule = { rule: "role-added", resource: "shop-1/*/app", reason: "made by the migration tool", expires: "2026-12-31" };

  it("needs rule, resource, reason and a date in every entry, in YAML as in JSON", async () => {
    const file = join(directory, "ignore.yaml");
    const read = (text: string) => {
      writeFileSync(file, text);
      return readIgnoreRules(file);
    };
    expect(await read(JSON.stringify([rule]))).toEqual([rule]);
    expect(
      await read(`- rule: role-added\n  resource: shop-1/*/app\n  reason: made by the migration tool\n  expires: 2026-12-31\n`),
    ).toEqual([rule]);
    for (const name of Object.keys(rule))
      await expect(read(JSON.stringify([{ ...rule, [name]: undefined }]))).rejects.toThrow("PAL_BAD_IGNORE");
    for (const text of ["", "{}", "a: [", `[${JSON.stringify({ ...rule, expires: "soon" })}]`, `[${JSON.stringify({ ...rule, more: 1 })}]`])
      await expect(read(text)).rejects.toThrow("PAL_BAD_IGNORE");
    await expect(readIgnoreRules(join(directory, "none.yaml"))).rejects.toThrow("PAL_USAGE");
  });

  it.each(["", "  ", "TODO", "todo: ask somebody", "...", "-", "tbd", "n/a", "None.", "<reason>"])(
    "refuses %j as a reason, and names the entry",
    (reason) => {
      expect(() => parseIgnoreRules([rule, { ...rule, reason }])).toThrow(
        /entry 2 \(role-added shop-1\/\*\/app\): reason needs to say why.*PAL_BAD_IGNORE/,
      );
    },
  );

  it("takes a reason that says something, however short", () => {
    for (const reason of ["CI", "the key of this job", "nonetheless", "reasonable: preview branches"])
      expect(parseIgnoreRules([{ ...rule, reason }])).toHaveLength(1);
  });

  it("leaves out what fits exactly, until it expires", () => {
    const all = [
      finding("role-added", "shop-1/br-1/app"),
      finding("role-added", "shop-1/br-1/application"),
      finding("branch-added", "shop-1/br-1/app"),
    ];
    const before = applyIgnoreRules(all, [rule], Date.parse("2026-12-30T23:59:59Z"));
    expect([before.kept.length, before.ignored.map(({ judged }) => judged), before.expired]).toEqual([2, [all[0]], []]);
    const after = applyIgnoreRules(all, [rule], Date.parse("2026-12-31T00:00:00Z"));
    expect([after.kept, after.ignored, after.expired]).toEqual([all, [], [rule]]);
  });

  it("reads a pattern as pieces in their order", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(
        letters,
        letters.map((text) => text.replaceAll("*", "")),
        (resource, id) => {
          const expression = new RegExp(`^${resource.split("*").join(".*")}$`);
          const { ignored } = applyIgnoreRules(
            [finding("r", id)],
            parseIgnoreRules([{ ...rule, rule: "r", resource: resource || "x" }]),
            NOW,
          );
          expect(ignored.length === 1).toBe(resource !== "" && expression.test(id));
        },
      ),
    );
  });
});

describe("the draft of an ignore file", () => {
  const finding = (id: string, more: Partial<DriftFinding> = {}): DriftFinding => ({
    rule: "role-added",
    resource: { kind: "role", id, name: id },
    class: "added",
    severity: "medium",
    direction: "opens",
    says: "A role.",
    remedy: "",
    ...more,
  });

  it("accepts nothing by itself: every entry lacks its reason, and what is grave is a comment", () => {
    const { text = "", entries, commented } = draftIgnore([finding("shop-1/br-1/a"), finding("shop-1/br-1/b", { severity: "high" })], NOW);
    expect([entries.length, commented.length]).toEqual([1, 1]);
    expect(() => parseIgnoreRules(parse(text))).toThrow(/entry 1 \(role-added shop-1\/br-1\/a\).*PAL_BAD_IGNORE/);
    const filled = parseIgnoreRules(parse(text.replaceAll('reason: ""', "reason: the migration tool")));
    expect(filled).toEqual([{ rule: "role-added", resource: "shop-1/br-1/a", reason: "the migration tool", expires: "2026-07-01" }]);
    const uncommented = text.replaceAll('reason: ""', "reason: known").replace(/^# (- rule|  resource|  reason|  expires)/gm, "$1");
    expect(parseIgnoreRules(parse(uncommented)).map(({ resource }) => resource)).toEqual(["shop-1/br-1/a", "shop-1/br-1/b"]);
    expect(() => parseIgnoreRules(parse(draftIgnore([finding("x", { severity: "high" })], NOW).text ?? ""))).toThrow("it holds no entry");
  });

  it("leaves out what is no drift, what enforce removes, and an id that would be a pattern", () => {
    const all = [finding("a", { expected: "askingKey" }), finding("b", { class: "overdue" }), finding("shop-1/br-1/*")];
    const { text, left } = draftIgnore(all, NOW);
    expect([text, left.map(({ why }) => why)]).toEqual([
      undefined,
      ["it is no drift", "palisade enforce removes it", "its id holds a *, which would stand for any text"],
    ]);
  });

  it("is a list of exactly these ids, whatever names other people have chosen", () => {
    const anything = anyText({ minLength: 1, maxLength: 20 }).filter((id) => !id.includes("*"));
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 3 }), anything, (ids, says) => {
        const { text = "" } = draftIgnore([...ids.map((id) => finding(id, { says })), finding("grave", { severity: "high", says })], NOW);
        expect(parseIgnoreRules(parse(text.replaceAll('reason: ""', "reason: known"))).map(({ resource }) => resource)).toEqual(ids);
      }),
    );
    const { text = "" } = draftIgnore([finding("a\n- rule: x", { says: "b\n- rule: y\u202e" })], NOW);
    expect(text.match(/^- rule/gm)).toHaveLength(1);
  });

  it("is a new file for this user alone; neither a file nor a link is overwritten or followed", async () => {
    const [file, link, target] = ["ignore.yaml", "link.yaml", "target.yaml"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    await assertNewFile("--write-ignore", file);
    await writeNewFile("--write-ignore", file, "one");
    expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["one", 0o600]);
    symlinkSync(target, link);
    for (const taken of [file, link]) {
      await expect(assertNewFile("--write-ignore", taken)).rejects.toThrow("PAL_USAGE");
      await expect(writeNewFile("--write-ignore", taken, "two")).rejects.toThrow("PAL_USAGE");
    }
    expect(readFileSync(file, "utf8")).toBe("one");
    expect(() => statSync(target)).toThrow("ENOENT");
  });
});

describe("what is overdue", () => {
  const ended = [
    { range: "192.0.2.1", removeAfter: "2026-01-01T00:00:00Z" },
    { range: "192.0.2.2", removeAfter: "2027-01-01T00:00:00Z" },
    "192.0.2.3",
  ];
  const boxed = (name: string) =>
    project(name, { inputs: { network: { allow: "listed", ranges: ended } }, outputs: { nextRemovalAt: "2026-01-01T00:00:00.000Z" } });

  it("is read alike in whatever order the engine has recorded it, which is a race", () => {
    const [a, b, kept, copy] = [boxed("a"), project("b"), boxed("c"), { ...boxed("c"), delete: true }];
    const state = parseState(exported(a, b, kept, copy));
    for (const other of [
      [kept, copy, b, a],
      [b, kept, a, copy],
    ])
      expect(parseState(exported(...other))).toEqual(state);
  });

  it("is what the recorded state says has ended and is still live", () => {
    const { resources } = parseState(exported(boxed("a"), project("b"), { ...boxed("c"), delete: true }));
    expect(listOverdue(resources, NOW)).toEqual([
      { urn: boxed("a").urn, resource: { kind: "project", id: "a-1", name: "a" }, entries: [ended[0]] },
    ]);
    expect(listOverdue(resources, Date.parse("2025-12-31T00:00:00Z"))).toEqual([]);
  });

  const visit = (host: string, status: string, until = "2026-05-01T00:00:00Z") => {
    const type = TYPE.replace("Project", "TemporaryAccess");
    const inputs = { projectId: "p-1", branchId: "br-1", roleName: "visitor", until };
    const origin = { host, accountId: "org-1" };
    return { urn: `urn:pulumi:dev::test::${type}::visit`, type, id: "p-1/br-1/visitor", inputs, outputs: { ...inputs, status, origin } };
  };

  it("is temporary access at Neon that nobody has ended, for enforce and for drift", () => {
    const overdue = (one: object) => listOverdue(parseState(exported(one)).resources, NOW).map(({ access }) => access);
    const told = (state: object, applied = state) => {
      const [now, before] = [state, applied].map((one) => buildApplied(parseDeclaredState(exported(one)), "test", 0));
      if (!now) throw new Error("nothing is recorded");
      return listOverdueAccess(buildBaseline(now, before).managed, NOW).map(({ rule, severity }) => `${rule} ${severity ?? ""}`);
    };
    const cases = {
      open: visit("console.neon.tech", "active"),
      ended: visit("console.neon.tech", "ended"),
      ahead: visit("console.neon.tech", "active", "2026-07-01T00:00:00Z"),
      plane: visit("127.0.0.1:4400", "active"),
    };
    expect(overdue(cases.open)).toEqual([{ roleName: "visitor", until: "2026-05-01T00:00:00Z" }]);
    expect(told(cases.open)).toEqual(["temporary-access-changed high"]);
    for (const quiet of [cases.ended, cases.ahead, cases.plane]) expect([overdue(quiet), told(quiet)]).toEqual([[], []]);
    // The record is of before its end: what enforce did since is in the state.
    expect(told(cases.ended, cases.open)).toEqual([]);
  });

  it("is updated by exact names: one that pulumi would take for a pattern is refused", () => {
    const at = (name: string) => listOverdue(parseState(exported(boxed(name))).resources, NOW);
    expect(buildTargetFlags(at("--exec"))).toEqual([`--target=${boxed("--exec").urn}`]);
    expect(() => buildTargetFlags(at("**"))).toThrow("PAL_ENFORCE_FAILED");
  });
});

describe("the direction of a step", () => {
  const facts = {
    ips: ["192.0.2.0/24"],
    protectedBranchesOnly: true,
    blockPublicConnections: false,
    blockVpcConnections: false,
    vpcRestrictions: [],
    assignedVpcEndpoints: ["vpce-1"],
  };
  const model: ReachabilityModel = {
    facts,
    branches: [
      { id: "main", protected: true },
      { id: "dev", parentId: "main", protected: true },
    ],
    computes: [{ id: "ep", branchId: "main", disabled: false }],
  };

  it.each<[string, (from: ReachabilityModel) => ReachabilityModel, string]>([
    ["an entry more", updateFacts(({ ips }) => ({ ips: [...ips, "203.0.113.1"] })), "opens"],
    ["an empty list", updateFacts(() => ({ ips: [] })), "opens"],
    ["a list within", updateFacts(() => ({ ips: ["192.0.2.7"] })), "closes"],
    ["another scope while all is protected", updateFacts(() => ({ protectedBranchesOnly: false })), "neutral"],
    ["a branch without protection that has no compute: latently", setProtection("dev", false), "opens"],
    ["a compute of a copy that is guarded alike", setCompute({ id: "ep2", branchId: "dev", disabled: false }), "opens"],
    ["a restriction", updateFacts(() => ({ vpcRestrictions: ["vpce-2"] })), "opens"],
    ["the block of private endpoints", updateFacts(() => ({ blockVpcConnections: true })), "closes"],
    ["the last compute", removeCompute("ep"), "closes"],
    ["a branch that nobody reached", removeBranch("dev"), "neutral"],
  ])("%s", (_name, step, direction) => {
    expect(getDirection(computeDelta(model, step(model)))).toBe(direction);
  });

  it("no step from nothing to something reachable is harmless, and every step has its opposite", () => {
    expect(getDirection(computeDelta(EMPTY, model))).toBe("opens");
    expect(getDirection(computeDelta(model, EMPTY))).toBe("closes");
    const list = fc.uniqueArray(fc.constantFrom("192.0.2.1", "192.0.2.0/24", "198.51.100.0/25", "::/8"), { minLength: 1 });
    const any = fc.record({ ips: list, protectedBranchesOnly: fc.boolean(), blockPublicConnections: fc.boolean() });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [from, to] = [updateFacts(() => a)(model), updateFacts(() => b)(model)];
        const [there, back] = [computeDelta(from, to), computeDelta(to, from)];
        expect([there.opens, there.closes]).toEqual([back.closes, back.opens]);
        expect(computeDelta(from, updateFacts(() => a)(model))).toMatchObject({ opens: false, closes: false });
      }),
    );
  });
});

describe("the webhook", () => {
  it.each(["http://example.com/x", "ftp://localhost/x", "https://user:pass@example.com/", "http://localhost.example.com/", "nonsense"])(
    "refuses %s",
    (text) => {
      expect(() => parseWebhookUrl(text)).toThrow("PAL_USAGE");
    },
  );
  it.each(["https://example.com/hook", "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/"])("takes %s", (text) => {
    expect(parseWebhookUrl(text).href).toBe(text);
  });

  it("follows no redirect, waits for no slow side, and says neither path nor query", async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? "");
      if (request.url === "/slow-secret") return;
      response.writeHead(request.url === "/ok" ? 204 : 302, { location: "/elsewhere" }).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const at = (path: string) => parseWebhookUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    try {
      expect(await notify(at("/ok"), {})).toBeUndefined();
      expect(await notify(at("/secret"), {})).toMatch(/^127\.0\.0\.1:\d+ answered 302$/);
      expect(await notify(at("/slow-secret"), {}, 50)).toMatch(/^127\.0\.0\.1:\d+: no answer within 50 ms$/);
      expect(paths).toEqual(["/ok", "/secret", "/slow-secret"]);
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });
});
