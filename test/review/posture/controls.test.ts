import { DAY_SECONDS } from "../../../contract/durations.js";
import { postureControls } from "../../../review/posture/controls/index.js";
import type { CustomerManagedKey } from "../../../contract/wire/customerManagedKey.js";
import { readExports } from "../../../review/posture/exportedFindings.js";
import { findNewestRow, type PostureFacts, type PostureProject } from "../../../review/posture/facts.js";
import { sharedPlane } from "../../support/plane.js";
import { managed } from "../drift/lab.js";
import { branchOf } from "../world.js";
import { asff } from "./exports.js";
import { judge, look, reportOf } from "./lab.js";

/** Each control, red, green and not known, by what a plane answers. */
const LISTED = "allowed_ips: { ips: [192.0.2.0/24] }, audit_log_level: full";
const SEED = `
organisations:
  - { name: Small, id: org-small-north-00000001 }
users:
${[1, 2, 3, 4, 5, 6].map((one) => `  - { name: A${one}, email: a${one}@acme.example, role: admin }`).join("\n")}
  - { name: Solo, email: solo@acme.example, organisation: Small, role: admin }
projects:
  - { name: hard, id: hard-00000001, settings: { ${LISTED} }, branches: [{ name: main, protected: true }, { name: prod, protected: true }, { name: short, expiresAt: "2030-01-01T00:00:00Z" }] }
  - { name: open, id: open-00000001, settings: {}, branches: [{ name: main }, { name: prod }, { name: forgotten }] }
  - { name: scoped, id: scoped-00000001, settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }, branches: [{ name: main, protected: true }, { name: copy, computes: [read_write] }] }
  - { name: guards-nothing, id: nothing-00000001, settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } } }
  - { name: unguarded, id: unguarded-00000001, settings: { allowed_ips: { ips: [0.0.0.0/1, 128.0.0.0/1], protected_branches_only: true } } }
  - { name: leaking, id: leaking-00000001, settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }, branches: [{ name: main, protected: true }, { name: copy, computes: [read_write] }] }
  - { name: wide, id: wide-00000001, settings: { allowed_ips: { ips: [10.0.0.0/8] } } }
  - { name: latent, id: latent-00000001, branches: [{ name: main, computes: [] }] }
  - { name: other, id: other-00000001, organisation: Small, settings: { ${LISTED} }, branches: [{ name: main, protected: true }] }
keys:
  - { name: all, kind: organisation, organisation: Palisade, key: napi_all }
  - { name: one, kind: project, project: hard, key: napi_one }
  - { name: solo, kind: personal, user: Solo, key: napi_solo }
`;
const plane = sharedPlane({ seed: SEED });

const LATER_MS = 400 * DAY_SECONDS * 1_000;
let seen: PostureFacts;
let later: PostureFacts;
let blind: PostureFacts;
let small: PostureFacts;

/** Everything that a key may be refused. */
const REFUSED = [
  "/projects/*/branches",
  "/projects/*/endpoints",
  "/projects/*/vpc_endpoints",
  "/organizations/*/vpc/vpc_endpoints",
  "/organizations/*/api_keys",
  "/api_keys",
  "/organizations/*/members",
  "/organizations/*/invitations",
  "/projects/*/jwks",
  "/projects/*/customer_managed_key",
  "/x-palisade/projects/*/customer_managed_key",
  "/x-palisade/audit",
];

const stackOf = (property: Record<string, unknown>) => ({
  name: "dev",
  managed: [
    managed("Project", "hard-00000001", { name: "hard", regionId: "aws-us-east-1", network: { allow: "managedSeparately" }, ...property }),
  ],
  before: undefined,
});

beforeAll(async () => {
  const { api, ready } = plane;
  await api.call("POST", `/organizations/${ready.orgId}/invitations`, { invitations: [{ email: "new@acme.example", role: "member" }] });
  await api.call("PATCH", "/projects/hard-00000001", { project: { history_retention_seconds: 7 * DAY_SECONDS } });
  await api.call("PATCH", "/projects/open-00000001", { project: { history_retention_seconds: 0 } });
  for (const [project, audience] of [
    ["hard-00000001", { jwt_audience: "shop" }],
    ["open-00000001", {}],
  ] as const)
    await api.call("POST", `/projects/${project}/jwks`, {
      jwks_url: "https://id.acme.example/jwks.json",
      provider_name: project.slice(0, 4),
      role_names: ["neondb_owner"],
      ...audience,
    });
  const { facts } = await look(plane);
  const mainOf = (project: string) => facts.projects.find((one) => one.project.name === project)?.branches?.find((one) => one.default)?.id;
  for (const [name, retention_seconds] of [
    ["hard", 30 * DAY_SECONDS],
    ["scoped", DAY_SECONDS],
  ] as const)
    await api.call("PUT", `/projects/${name}-00000001/branches/${mainOf(name) ?? ""}/backup_schedule`, {
      schedule: [{ frequency: "daily", hour: 3, retention_seconds }],
    });
  for (const id of ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"])
    await api.call("POST", `/organizations/${ready.orgId}/vpc/region/aws-us-east-1/vpc_endpoints/${id}`, { label: id });
  await api.call("POST", "/projects/hard-00000001/vpc_endpoints/vpce-0123456789abcdef0", { label: "one" });
  await api.call("PATCH", "/projects/scoped-00000001", { project: { settings: { block_vpc_connections: true } } });
  const bare = { name: "bare", init_source: "schema-only", parent_id: mainOf("scoped") };
  await branchOf(plane, "scoped-00000001", bare);
  const withDrift = async (declared: Record<string, unknown>, nowMs = Date.now()) => ({
    ...(await look(plane, { nowMs })).facts,
    drift: (await look(plane, { nowMs, stack: stackOf(declared) })).facts.drift,
  });
  seen = await withDrift({ historyRetentionSeconds: 7 * DAY_SECONDS, auditLogLevel: "full" });
  later = await withDrift({ historyRetentionSeconds: 30 * DAY_SECONDS }, Date.now() + LATER_MS);
  small = (await look(plane, { apiKey: "napi_solo" })).facts;
  for (const path of REFUSED)
    await api.call("POST", "/x-palisade/test/faults", { method: "GET", path, kind: "status", status: 403, times: 1_000 });
  blind = (await look(plane)).facts;
});

type Case = [control: string, state: "fails" | "holds" | "notKnown", of: string, facts: () => PostureFacts];
const ofBranches = (id: string): Case => [id, "notKnown", "hard", () => blind];
const CASES: readonly Case[] = [
  ["open-to-every-address", "fails", "open", () => seen],
  ["open-to-every-address", "holds", "hard", () => seen],
  ofBranches("open-to-every-address"),
  ["scope-without-protected-branch", "fails", "guards-nothing", () => seen],
  ["scope-without-protected-branch", "holds", "scoped", () => seen],
  ofBranches("scope-without-protected-branch"),
  ["protected-rows-on-open-branch", "fails", "scoped/main", () => seen],
  ["protected-rows-on-open-branch", "holds", "hard", () => seen],
  ofBranches("protected-rows-on-open-branch"),
  ["branch-outside-scope", "holds", "hard", () => seen],
  ["branch-outside-scope", "fails", "scoped", () => seen],
  ofBranches("branch-outside-scope"),
  ["next-compute-opens", "fails", "latent", () => seen],
  ["next-compute-opens", "holds", "hard", () => seen],
  ofBranches("next-compute-opens"),
  ["very-large-list", "fails", "wide", () => seen],
  ["very-large-list", "holds", "hard", () => seen],
  ["unreadable-entry", "holds", "hard", () => seen],
  ["unreadable-entry", "fails", "wide", () => withEntry(seen, "office")],
  ["every-private-endpoint", "fails", "open", () => seen],
  ["every-private-endpoint", "holds", "hard", () => seen],
  ofBranches("every-private-endpoint"),
  ["public-and-private", "fails", "hard", () => seen],
  ["public-and-private", "holds", "scoped", () => seen],
  ofBranches("public-and-private"),
  ["default-branch-unprotected", "fails", "open", () => seen],
  ["default-branch-unprotected", "holds", "hard", () => seen],
  ofBranches("default-branch-unprotected"),
  ["production-branch-unprotected", "fails", "open/prod", () => seen],
  ["production-branch-unprotected", "holds", "hard/prod", () => seen],
  ofBranches("production-branch-unprotected"),
  ["no-history", "fails", "open", () => seen],
  ["no-history", "holds", "hard", () => seen],
  ["no-history", "notKnown", "hard", () => withoutHistory(seen)],
  ["short-history", "fails", "scoped", () => seen],
  ["short-history", "holds", "hard", () => seen],
  ["short-history", "notKnown", "hard", () => withoutHistory(seen)],
  ["no-backup-schedule", "fails", "open/main", () => seen],
  ["no-backup-schedule", "holds", "hard/main", () => seen],
  ofBranches("no-backup-schedule"),
  ["backups-end-early", "fails", "scoped/main", () => seen],
  ["backups-end-early", "holds", "hard/main", () => seen],
  ofBranches("backups-end-early"),
  ["copy-without-end", "fails", "open/forgotten", () => seen],
  ["copy-without-end", "holds", "hard/short", () => seen],
  ofBranches("copy-without-end"),
  ["too-many-administrators", "fails", "Palisade", () => seen],
  ["too-many-administrators", "holds", "Small", () => small],
  ["too-many-administrators", "notKnown", "Palisade", () => blind],
  // A plane says nothing of second factors: these are Neon's answers.
  ["administrator-without-mfa", "fails", "solo@acme.example", () => withMfa(small, false)],
  ["administrator-without-mfa", "holds", "solo@acme.example", () => withMfa(small, true)],
  ["administrator-without-mfa", "notKnown", "solo@acme.example", () => withMfa(small, undefined)],
  ["administrator-without-mfa", "notKnown", "Palisade", () => blind],
  ["invitation-left-open", "fails", "new@acme.example", () => later],
  ["invitation-left-open", "holds", "new@acme.example", () => seen],
  ["invitation-left-open", "notKnown", "Palisade", () => blind],
  ["key-for-many-projects", "fails", "all", () => seen],
  ["key-for-many-projects", "holds", "one", () => seen],
  ["key-for-many-projects", "notKnown", "Palisade", () => blind],
  ["key-older-than-a-year", "fails", "all", () => later],
  ["key-older-than-a-year", "holds", "Palisade", () => seen],
  ["key-older-than-a-year", "notKnown", "Palisade", () => blind],
  ["key-never-used", "fails", "all", () => later],
  ["key-never-used", "holds", "Palisade", () => seen],
  ["key-never-used", "notKnown", "Palisade", () => blind],
  ["passwords-stored", "fails", "hard", () => seen],
  ["passwords-stored", "holds", "hard", () => withoutPasswords(seen)],
  ["token-for-any-audience", "fails", "open", () => seen],
  ["token-for-any-audience", "holds", "hard", () => seen],
  ofBranches("token-for-any-audience"),
  ["audit-level-base", "fails", "open", () => seen],
  ["audit-level-base", "holds", "hard", () => seen],
  ["drifted", "fails", "hard-00000001", () => later],
  ["drifted", "holds", "dev", () => seen],
  ["drifted", "notKnown", "Small", () => small],
  ["undeclared", "fails", "hard/prod", () => seen],
  ["undeclared", "holds", "dev", () => withoutAdded(seen)],
  ["undeclared", "notKnown", "Small", () => small],
  ["customer-key-unusable", "holds", "hard", () => withCustomerKey(seen, "active")],
  ["customer-key-unusable", "fails", "hard", () => withCustomerKey(seen, "revoked")],
  ["customer-key-unusable", "notKnown", "hard", () => withCustomerKey(seen, "unavailable")],
  ofBranches("customer-key-unusable"),
  ["change-without-audit", "holds", "Palisade", () => seen],
  ["change-without-audit", "fails", "hard", () => withLateProject(seen)],
  ["change-without-audit", "notKnown", "Palisade", () => blind],
  ["vulnerability-open", "fails", "arn:aws:s3:::evidence", () => withExport(seen, asff())],
  ["vulnerability-open", "holds", "arn:aws:s3:::evidence", () => withExport(seen, asff({ RecordState: "ARCHIVED" }))],
  ["vulnerability-open", "notKnown", "arn:aws:s3:::evidence", () => withExport(seen, asff({ Severity: {} }))],
];

/** What no plane can be brought to answer: facts as the API would have given them. */
const withProjects = (facts: PostureFacts, change: (project: PostureProject) => PostureProject): PostureFacts => ({
  ...facts,
  projects: facts.projects.map(change),
});
const withEntry = (facts: PostureFacts, entry: string) =>
  withProjects(facts, (one) => ({ ...one, facts: { ...one.facts, ips: [...one.facts.ips, entry] } }));
const withoutHistory = (facts: PostureFacts) =>
  withProjects(facts, (one) => ({ ...one, project: { ...one.project, history_retention_seconds: undefined } }));
const withoutPasswords = (facts: PostureFacts) =>
  withProjects(facts, (one) => ({ ...one, project: { ...one.project, store_passwords: false } }));
const withLateProject = (facts: PostureFacts) =>
  withProjects(facts, (one) => ({ ...one, project: { ...one.project, created_at: new Date(facts.nowMs + LATER_MS).toISOString() } }));
const withCustomerKey = (facts: PostureFacts, state: CustomerManagedKey["state"]) =>
  withProjects(facts, (one) => ({ ...one, customerKey: { value: { state } as CustomerManagedKey } }));
const withoutAdded = ({ drift, ...facts }: PostureFacts): PostureFacts => ({
  ...facts,
  drift: drift && { ...drift, findings: drift.findings.filter((finding) => finding.class !== "added") },
});
const withExport = (facts: PostureFacts, value: unknown): PostureFacts => ({
  ...facts,
  exported: readExports([{ file: "findings.json", text: JSON.stringify(value) }]),
});
const withMfa = ({ members, ...facts }: PostureFacts, has_mfa: boolean | undefined): PostureFacts => ({
  ...facts,
  isNeon: true,
  members: "value" in members ? { value: members.value.map(({ member, user }) => ({ member, user: { ...user, has_mfa } })) } : members,
});

it.each(CASES)("%s %s for %s", (control, state, name, facts) => {
  expect(judge(control, facts())).toContain(`${state} ${name}`);
});

/** What cannot be unknown: it stands in the list of projects, without which there is no run. */
const ALWAYS_KNOWN = ["very-large-list", "unreadable-entry", "passwords-stored", "audit-level-base"];

it.each(postureControls.map(({ id }) => id))("%s is tried red, green and not known", (id) => {
  const states = new Set(CASES.filter(([control]) => control === id).map(([, state]) => state));
  expect([...states].sort()).toEqual(ALWAYS_KNOWN.includes(id) ? ["fails", "holds"] : ["fails", "holds", "notKnown"]);
});

it("nothing that was refused is green: only what stands in the list of projects is known", () => {
  const { controls } = reportOf(blind);
  const green = controls.filter(({ status }) => status === "holds").map(({ id }) => postureControls.find((one) => one.id === id)?.asks);
  expect(new Set(green.flat())).toEqual(new Set(["projects"]));
  expect(controls.filter(({ status }) => status === "notKnown").length).toBeGreaterThan(15);
});

describe("what one rule tells is told once, and makes green nothing that it breaks:", () => {
  const only = (name: string): PostureFacts => ({ ...seen, projects: seen.projects.filter(({ project }) => project.name === name) });
  const BROKEN = [
    ["very-large-list", "open", "open-to-every-address"],
    ["next-compute-opens", "unguarded", "open-to-every-address"],
    ["scope-without-protected-branch", "unguarded", "open-to-every-address"],
    ["open-to-every-address", "leaking", "protected-rows-on-open-branch"],
    ["branch-outside-scope", "leaking", "protected-rows-on-open-branch"],
    ["short-history", "open", "no-history"],
  ] as const;

  it.each(BROKEN)("%s of %s, by %s", (id, name, rule) => {
    const report = reportOf(only(name));
    expect(report.controls.find((one) => one.id === id)).toMatchObject({
      status: "fails",
      toldBy: expect.arrayContaining([rule]) as string[],
    });
    expect(report.findings.filter((one) => one.rule === id)).toEqual([]);
    const exceptions = [{ rule, resource: "*", reason: "a test", expires: "2999-01-01" }];
    expect(reportOf(only(name), { exceptions }).controls.find((one) => one.id === id)?.status).not.toBe("holds");
  });
});

it("at Neon an extension is neither asked for nor scored", () => {
  const { controls, totals } = reportOf({ ...seen, isNeon: true });
  const extensions = controls.filter(({ extension }) => extension);
  expect(extensions.map(({ status }) => status)).toEqual(["notAvailable", "notAvailable"]);
  expect(totals.notAvailable).toBe(2);
});

it("a newest row of the audit that cannot be read is not known, and no audit without rows", () => {
  const reason = { reason: expect.stringContaining("palisade audit verify") as string };
  expect(findNewestRow({ entries: [], pagination: {} })).toEqual({ value: null });
  expect(findNewestRow({ entries: [], pagination: { next: "more" } })).toEqual(reason);
  expect(findNewestRow({ entries: [{ at: "soon" }], pagination: {} })).toEqual(reason);
  expect(findNewestRow({ entries: [{ at: "2026-11-30T00:00:00.000Z" }], pagination: { next: "more" } })).toEqual({
    value: "2026-11-30T00:00:00.000Z",
  });
});
