import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../support/pulumi.js";
import type { TestPlane } from "../support/plane.js";
import { newPlane, newStack, output, palisade, program, project, putAway } from "./lab.js";

/** What the program marks secret is in clear nowhere: not in what Pulumi keeps, nor in what our verbs write and say. */

jest.setTimeout(240_000);
afterAll(putAway, 60_000);

const [HOME, END, ROTATION] = ["198.51.100.77", "2037-04-05T06:07:08Z", "rotation-7f3a9c"];
const PROGRAM = `
const config = new pulumi.Config();
const [home, end, rotation] = ["home", "end", "rotation"].map((key) => config.requireSecret(key));
const owned = new neon.Project("owned", { name: "owned", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: [{ range: home, removeAfter: end }] } });
const shop = ${project("shop").replace('allow: "nobody"', 'allow: "managedSeparately"')};
const list = new neon.IpAllowlist("list", { projectId: shop.projectId, allow: "listed", ranges: [{ range: home, description: "flat", removeAfter: end }] });
const entry = new neon.IpAllowlistEntry("entry", { projectId: owned.projectId, ranges: [home] });
const branch = new neon.Branch("branch", { projectId: shop.projectId, name: "b" });
const login = new neon.RotatingRole("login", { projectId: shop.projectId, branchId: branch.branchId, name: "login", rotation });
exports.outputs = [list.effectiveRanges, list.nextRemovalAt, owned.nextRemovalAt, entry.nextRemovalAt, login.currentRotation];
exports.plain = login.currentName;
const ending = new neon.Project("ending", { name: "ending", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: [{ range: home, removeAfter: "2038-01-01T00:00:00Z" }] } });
exports.ends = ending.nextRemovalAt;
`;

let stack: Stack;
let plane: TestPlane;
beforeAll(async () => {
  plane = await newPlane();
  stack = await newStack(program(PROGRAM), plane.ready, {
    config: { home: { secret: HOME }, end: { secret: END }, rotation: { secret: ROTATION } },
  });
  await stack.up({ check: true });
}, 180_000);

const SECRETS = [HOME, END, END.replace("Z", ".000Z"), ROTATION];
const seenIn = (text: string) => SECRETS.filter((secret) => text.includes(secret));

const say = async (...words: string[]): Promise<string> => output(await palisade(stack, words));

const FORMS = ["text", "json", "markdown", "sarif", "junit", "github"];

/** A review of what the program has become, in every form, by one preview. */
async function reviewInEveryForm(): Promise<Record<string, string>> {
  const forms = FORMS.map((form) => [form, join(stack.root, `review.${form}`)] as const);
  const told: Record<string, string> = { review: await say("review", ...forms.flatMap(([form, file]) => ["--output", `${form}=${file}`])) };
  for (const [form, file] of forms) told[form] = await readFile(file, "utf8");
  expect(Object.values(told)).not.toContain("");
  return told;
}

/** Every file below a folder, as text. */
async function filesIn(folder: string): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = found.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

test("the state holds it encrypted alone, and what is no secret stays plain", async () => {
  expect(seenIn(await filesIn(join(stack.root, "state")))).toEqual([]);
  const { stdout } = await stack.run(["stack", "output", "--json"], { check: true });
  expect(JSON.parse(stdout)).toMatchObject({ plain: "login_1", ends: "2038-01-01T00:00:00.000Z" });
});

test("the record and the findings of drift do not say it, nor does a doctor", async () => {
  const recorded = await say("drift", "--record", "--applied", join(stack.root, "applied.json"));
  expect({ seen: seenIn(recorded), failed: recorded.includes("PAL_") }).toEqual({ seen: [], failed: false });
  expect(seenIn(await readFile(join(stack.root, "applied.json"), "utf8"))).toEqual([]);
  for (const words of [["drift"], ["drift", "--output", "json"], ["doctor"]])
    await say(...words).then((said) => {
      expect({ words, seen: seenIn(said), failed: said.includes("PAL_INTERNAL") }).toEqual({ words, seen: [], failed: false });
    });
});

test("a secret that would become a part of an id is refused, by field", async () => {
  await stack.setProgram(
    program(
      `${PROGRAM}new neon.Role("r", { projectId: shop.projectId, branchId: branch.branchId, name: config.requireSecret("rotation") });`,
    ),
  );
  const said = output(await stack.preview());
  expect(said).toMatch(/name of Role ".+"\. .*\[PAL_SECRET_IN_ID\]/);
  expect(seenIn(said)).toEqual([]);
});

const [TOKEN, LIVE_TOKEN] = ["token-5b1d9f", "token-2c8e4a"];
const EXPORT = `
const siem = new neon.AuditExport("siem", { name: "siem", enabled: false, sink: { webhook: { host: "192.0.2.10", path: "/in?token=${TOKEN}" } } });
exports.sink = siem.sink;
`;

test("the path of a webhook is secret though the program does not say so, and its host is judged", async () => {
  const seen = async (text: string | Promise<string>) => {
    const all = await text;
    return [TOKEN, LIVE_TOKEN].filter((token) => all.includes(token));
  };
  const review = async () => {
    const text = await say("review", "--output", "json");
    const { verdict, findings, unjudged } = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)) as {
      verdict: string;
      findings: { rule: string }[];
      unjudged: { urn: string }[];
    };
    const open = unjudged.filter(({ urn }) => urn.includes("AuditExport"));
    return { verdict, rules: findings.map(({ rule }) => rule), unjudged: open, seen: await seen(text), text };
  };
  const path = `/x-palisade/organizations/${plane.ready.orgId}/audit_exports`;
  const live = { type: "webhook", url: `https://192.0.2.12/in?token=${LIVE_TOKEN}` };
  const other = (await plane.api.call("POST", path, { name: "other", sink: live, enabled: false })).body as {
    audit_export: { id: string };
  };
  await stack.setProgram(program(PROGRAM + EXPORT));
  const added = await review();
  expect(added).toMatchObject({ unjudged: [], seen: [] });
  expect([added.rules.includes("audit-export-added"), added.text.includes("192.0.2.10")]).toEqual([true, true]);
  expect(await seen(output(await stack.up({ check: true })))).toEqual([]);
  expect(await seen(output(await stack.refresh({ check: true })))).toEqual([]);
  expect((await review()).rules).toEqual([]);
  const recorded = await say("drift", "--record", "--applied", join(stack.root, "exported.json"));
  expect([recorded.includes("PAL_"), await seen(readFile(join(stack.root, "exported.json"), "utf8"))]).toEqual([false, []]);
  await stack.setProgram(program(PROGRAM + EXPORT.replace("192.0.2.10", "192.0.2.11")));
  const moved = await review();
  expect(moved).toMatchObject({ verdict: "needsReview", rules: ["audit-export-moved"], seen: [] });
  expect(moved.text).toContain("sink.webhook.path is secret, so it cannot be compared here");
  await stack.setProgram(program(PROGRAM + EXPORT));
  const { audit_exports } = (await plane.api.call("GET", path)).body as { audit_exports: { id: string; name: string }[] };
  const made = audit_exports.find(({ name }) => name === "siem")?.id ?? "";
  await plane.api.call("PATCH", `${path}/${made}`, { sink: live });
  const drift = await say("drift", "--applied", join(stack.root, "exported.json"));
  expect([drift.includes("sink.webhook.host"), drift.includes("192.0.2.12"), await seen(drift)]).toEqual([true, true, []]);
  const read = `exports.read = neon.AuditExport.get("read", "${plane.ready.orgId}/${other.audit_export.id}").sink;`;
  await stack.setProgram(program(PROGRAM + EXPORT + read));
  expect(await seen(output(await stack.up({ check: true })))).toEqual([]);
  expect(await seen(output(await stack.preview({ args: ["--diff"] })))).toEqual([]);
  expect(await seen(filesIn(join(stack.root, "state")))).toEqual([]);
});

/** Pulumi's own SDK writes each answer of the engine into debug messages, secrets of every resource in clear (SECURITY.md). */
const omitDebug = (log: string): string =>
  log
    .split("\n")
    .filter((line) => !line.includes('"severity":"debug"'))
    .join("\n");

/** Every shape in which a program can give the path. */
const SHAPES = `
const of = (name, sink, opts) => new neon.AuditExport(name, { name, enabled: false, sink }, opts);
const at = (path, host = "192.0.2.20") => ({ webhook: { host, path } });
class Siem extends pulumi.ComponentResource {
  constructor(name) {
    super("acme:siem:Siem", name);
    this.sink = of(name + "-inner", at("/in?token=${TOKEN}"), { parent: this }).sink;
    this.registerOutputs({ sink: this.sink });
  }
}
const late = new neon.Project("late", { name: "late", regionId: "aws-eu-central-1", network: { allow: "nobody" } });
const unknown = late.projectId.apply((id) => "/in?token=${TOKEN}&of=" + id.length);
const all = [
  of("plain", at("/in?token=${TOKEN}")),
  of("secret", at(pulumi.secret("/in?token=${TOKEN}"))),
  of("promise", at(Promise.resolve("/in?token=${TOKEN}"))),
  of("unknown", at(unknown)),
  of("whole", pulumi.output(at("/in?token=${TOKEN}"))),
  of("wholeUnknown", unknown.apply((path) => at(path))),
  of("inner", { webhook: pulumi.output(at("/in?token=${TOKEN}").webhook) }),
  of("unsecret", at(pulumi.unsecret(pulumi.secret("/in?token=${TOKEN}")))),
];
exports.sinks = all.map(({ sink }) => sink);
exports.hosts = all.map(({ sink }) => sink.apply((one) => one.webhook.path));
exports.inner = new Siem("siem").sink;
`;

test("the path of a webhook, in whatever shape the program gives it, and what the program marks secret is in clear nowhere, whatever is told of a change or kept", async () => {
  const seen = (text: string) => [TOKEN, ...SECRETS].some((secret) => text.includes(secret));
  const log = join(stack.root, "events.json");
  const tell = async () => {
    const told = {
      preview: output(await stack.preview({ args: ["--diff"] })),
      previewJson: output(await stack.run(["preview", "--json", "--show-sames", "--event-log", log])),
      log: omitDebug(await readFile(log, "utf8")),
    };
    return { ...told, ...(await reviewInEveryForm()), doctor: await say("doctor") };
  };
  const expectUnseen = (when: string, told: Record<string, string>) => {
    for (const [name, text] of Object.entries(told))
      expect([when, name, seen(text), text.includes("PAL_INTERNAL")]).toEqual([when, name, false, false]);
  };
  await stack.setProgram(program(PROGRAM + SHAPES));
  expectUnseen("before it is made", await tell());
  expect(seen(output(await stack.up({ check: true })))).toBe(false);
  const keep = async () => ({
    state: await filesIn(join(stack.root, "state")),
    export: output(await stack.run(["stack", "export"])),
    outputs: output(await stack.run(["stack", "output", "--json"])),
    refresh: output(await stack.refresh({ check: true })),
    after: await filesIn(join(stack.root, "state")),
  });
  expectUnseen("made", await keep());
  await stack.setProgram(program(PROGRAM + SHAPES.replaceAll("192.0.2.20", "192.0.2.21").replaceAll('of("', 'of("renamed-')));
  expectUnseen("before it is moved and renamed", await tell());
  expect(seen(output(await stack.up({ check: true })))).toBe(false);
  expectUnseen("moved and renamed", await keep());
});
