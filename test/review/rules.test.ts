import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SEVERITIES } from "../../contract/findings.js";
import type { ApiKey } from "../../contract/wire/apiKey.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { ProjectListItem, ProjectSettings } from "../../contract/wire/project.js";
import type { ApiKeys } from "../../review/scan/inventory.js";
import { applyRules, RULES } from "../../review/scan/rules.js";
import { buildView } from "../../review/scan/view.js";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const daysAgo = (days: number) => new Date(NOW - days * 86_400_000).toISOString();

const branch = (id: string, rest: Partial<Branch> = {}) => ({ id, name: id, default: false, protected: true, ...rest }) as Branch;
const project = (settings: ProjectSettings, rest: Partial<ProjectListItem> = {}) =>
  ({
    id: "shop-1",
    name: "shop",
    region_id: "aws-eu-central-1",
    store_passwords: false,
    history_retention_seconds: 86_400,
    settings: { audit_log_level: "full", ...settings },
    ...rest,
  }) as ProjectListItem;

const NO_KEYS: ApiKeys = { ofOrganization: undefined, ofPerson: undefined };

function found(read: Partial<Parameters<typeof buildView>[0]>, keys = NO_KEYS) {
  const view = buildView({
    project: project({ block_public_connections: true }),
    branches: [branch("br-main", { default: true })],
    annotations: {},
    origins: new Map(),
    computes: [],
    assigned: [],
    restricted: [],
    ...read,
  });
  const organization = { kind: "organization", id: "org-a", name: "A" } as const;
  return applyRules({ organization, projects: [view], keys, now: NOW }).map(({ rule, resource, after }) => [rule, resource.id, after]);
}

it("finds nothing in a closed project whose rows are protected", () => {
  expect(found({})).toEqual([]);
});

it("finds entries that admit nobody, as they stand", () => {
  const ips = ["192.0.2.1", "88.8.8", "office\u202e"];
  expect(found({ project: project({ allowed_ips: { ips } }) })).toEqual([["unreadable-entry", "shop-1", '"88.8.8", "office\u202e"']]);
});

it("finds settings that lose data or the trace of who read it", () => {
  expect(found({ project: project({ block_public_connections: true }, { history_retention_seconds: 0 }) })).toEqual([
    ["no-history", "shop-1", "0 seconds"],
  ]);
  expect(found({ project: project({ block_public_connections: true, audit_log_level: "base" }, { store_passwords: true }) })).toEqual([
    ["audit-level-base", "shop-1", "base"],
    ["passwords-stored", "shop-1", "stored"],
  ]);
});

it("concludes nothing from what could not be read", () => {
  const scoped = project({ allowed_ips: { ips: ["192.0.2.1"], protected_branches_only: true } });
  expect(found({ project: scoped, branches: undefined, computes: undefined, restricted: undefined, assigned: undefined })).toEqual([]);
  expect(found({ project: scoped, computes: undefined })).toEqual([]);
  expect(found({ project: scoped, branches: [branch("br-main")] })).toEqual([]);
});

it("follows rows through a ring of parents without end", () => {
  const ring = [branch("br-a", { parent_id: "br-b" }), branch("br-b", { parent_id: "br-a", protected: false })];
  const computes = [{ id: "ep-b", branch_id: "br-b", disabled: false }] as never;
  const scoped = project({ allowed_ips: { ips: ["192.0.2.1"], protected_branches_only: true } });
  expect(found({ project: scoped, branches: ring, computes })).toEqual([["protected-rows-on-open-branch", "shop-1/br-a", "through br-b"]]);
});

describe("of keys", () => {
  const key = (id: number, created: number, used?: number) =>
    ({ id, name: `key ${id}`, created_at: daysAgo(created), ...(used !== undefined && { last_used_at: daysAgo(used) }) }) as ApiKey;

  it("finds those never used after a week, and those older than a year, of the organisation and one's own", () => {
    const ofOrganization = [key(1, 8), key(2, 6), key(3, 30, 1), key(4, 366, 1), key(5, 365, 1)];
    expect(found({}, { ofOrganization, ofPerson: [key(6, 400)] })).toEqual([
      ["key-older-than-a-year", "org-a/4", `made ${daysAgo(366).slice(0, 10)}`],
      ["key-older-than-a-year", "6", `made ${daysAgo(400).slice(0, 10)}`],
      ["key-never-used", "org-a/1", `made ${daysAgo(8).slice(0, 10)}`],
      ["key-never-used", "6", `made ${daysAgo(400).slice(0, 10)}`],
    ]);
  });
});

describe("the rules", () => {
  it("have an id each, one sentence and a remedy, the highest severity first", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    const ranks = RULES.map(({ severity }) => SEVERITIES.indexOf(severity));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    for (const { id, says, remedy } of RULES) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(says).toMatch(/^[A-Z][^.]*\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });

  it("are the table of the guide, word for word", () => {
    const guide = readFileSync(join(__dirname, "../../docs/guides/scan.md"), "utf8");
    const [, section = ""] = /## What it finds\n([\s\S]*?)\n## /.exec(guide) ?? [];
    const table = section.split("\n").filter((line) => line.startsWith("| `"));
    expect(table).toEqual(
      RULES.map(({ id, severity, direction, says, remedy }) => `| \`${id}\` | ${severity} | ${direction} | ${says} | ${remedy} |`),
    );
  });
});
