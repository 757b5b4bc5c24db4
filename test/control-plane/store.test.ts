import Database from "libsql";
import type { ChangeEvent } from "@palisade/neon/contract/wire/auditEvent";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DocumentKind } from "../../control-plane/store/kinds.js";
import { type Query, buildSelect } from "../../control-plane/store/query.js";
import { Store } from "../../control-plane/store/store.js";
import { endPlanes, planeDirectory, startPlane } from "../support/plane.js";

afterAll(endPlanes);

test("every change of a request leaves an audit row, without a secret; the plane's own bookkeeping leaves none", async () => {
  const plane = await startPlane();
  const { api } = plane;
  const { project, branch } = await api.project({ name: "before" });
  await api.call("PATCH", `/projects/${project.id}`, { project: { name: "after" } }, { "x-request-id": "the-rename" });
  const roles = `/projects/${project.id}/branches/${branch.id}/roles`;
  await api.call("POST", roles, { role: { name: "app" } });
  await api.settled(project.id);
  await api.call("DELETE", `${roles}/app`);
  await api.call("DELETE", `${roles}/neondb_owner`);
  await api.call("POST", "/api_keys", { key_name: "audited" });
  const { body } = await api.call("GET", "/x-palisade/test/secrets");
  const { passwords, keys } = body as { passwords: string[]; keys: string[] };
  await api.settled(project.id);
  await plane.stop();

  const database = new Database(join(plane.directory, "plane.db"));
  const stored = database.prepare("SELECT event FROM audit_event WHERE type = 'change' ORDER BY seq").all() as { event: string }[];
  const rows = stored.map(({ event }) => JSON.parse(event) as ChangeEvent);
  const hashes = database.prepare("SELECT sealed FROM entity WHERE sealed IS NOT NULL").all() as { sealed: string }[];
  database.close();
  expect(rows.filter(({ request_id }) => request_id === "the-rename")).toMatchObject([
    { key_id: 1, call: "PATCH /projects/:project_id", object: { kind: "project", id: project.id } },
  ]);
  const renamed = rows.find(({ request_id }) => request_id === "the-rename");
  expect([renamed?.before, renamed?.after].map((document) => document?.["name"])).toEqual(["before", "after"]);
  const of = (kind: string) =>
    rows
      .filter(({ object }) => object.kind === kind)
      .map(({ call, before, after }) => [call.split(" ")[0], before === undefined, after === undefined]);
  expect(of("role")).toEqual([
    ["POST", true, false],
    ["POST", true, false],
    ["DELETE", false, true],
  ]);
  expect(of("project")).toHaveLength(2);
  // Queued by requests; how they went on is bookkeeping.
  expect(rows.filter(({ object }) => object.kind === "operation").every(({ before }) => before === undefined)).toBe(true);
  expect([passwords.length, keys.length]).toEqual([1, 2]);
  const text = JSON.stringify(rows);
  for (const secret of [
    ...passwords,
    ...keys,
    ...hashes.map(({ sealed }) => JSON.parse(sealed) as Record<string, string>).flatMap((values) => Object.values(values)),
  ])
    expect(text).not.toContain(secret);
  const files = ["plane.db", "admin.key"].map((file) => readFileSync(join(plane.directory, file), "latin1"));
  // Of keys the store has hashes only.
  for (const key of keys) expect(files[0]).not.toContain(key);
});

const LISTS: [DocumentKind, Query][] = [
  ["user", { limit: 1 }],
  ["member", { where: { user: "u" } }],
  ["api_key", { where: { key_prefix: "x" } }],
  ["api_key", { where: { user: "u" } }],
  ["api_key", { where: { org: "o" } }],
  ["api_key", { where: { project: "p" } }],
  ["project", { where: { org: "o" }, order: "created_at", after: { value: "a", id: "b" }, limit: 10 }],
  ["branch", { where: { project: "p" }, order: "updated_at", descending: true, limit: 10 }],
  ["branch", { where: { project: "p" }, order: "created_at", after: { value: "a", id: "b" }, limit: 10 }],
  ["branch", { where: { project: "p" }, order: "name", limit: 10 }],
  ["branch", { where: { project: "p", name: "n" }, order: "name", limit: 1 }],
  ["branch", { where: { parent: "b" } }],
  ["branch", { where: { project: "p", protected: true } }],
  ["branch", { where: { project: "p", is_default: true }, limit: 1 }],
  ["branch", { where: { project: "p", root: true } }],
  ["branch", { due: { column: "expires_at", at: "a" } }],
  ["branch", { due: { column: "recoverable_until", at: "a" }, deleted: "only" }],
  ["project", { due: { column: "recoverable_until", at: "a" }, deleted: "only" }],
  ["endpoint", { where: { project: "p" } }],
  ["endpoint", { where: { branch: "b" } }],
  ["deleted_endpoint", { where: { branch: "b" } }],
  ["vpc_endpoint", { where: { vpc_endpoint: "v" } }],
  ["vpc_endpoint", { where: { org: "o", vpc_endpoint: "v" }, deleted: "only", limit: 1 }],
  ["vpc_endpoint", { where: { link: "7" } }],
  ["audit_export", { where: { org: "o" } }],
  ["path_challenge", { where: { project: "p" } }],
  ["role", { where: { branch: "b" } }],
  ["credential", { where: { branch: "b" } }],
  ["transfer_request", { where: { project: "p" } }],
  ["project_permission", { where: { project: "p" } }],
  ["project_permission", { where: { granted_to: "a@palisade.test" } }],
  ["database", { where: { branch: "b" }, order: "name" }],
  ["database", { where: { branch: "b", name: "n" }, order: "name", limit: 1 }],
  ["operation", { where: { project: "p", open: true }, limit: 1 }],
  ["operation", { where: { project: "p" }, order: "created_at", descending: true, limit: 10 }],
];

test("no list reads a whole table: each is found by an index", () => {
  const file = join(planeDirectory(), "plane.db");
  new Store(file).close();
  const database = new Database(file);
  for (const [kind, query] of LISTS) {
    const { sql, values } = buildSelect("document", kind, query);
    const plan = (database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[]).map(({ detail }) => detail);
    // An index of ours, not the key of the table, and in the order asked for.
    const found = kind === "user" ? /^SCAN entity USING INDEX user_in_order$/ : /^SEARCH entity USING INDEX [a-z]+_[a-z_]+ \((?!kind)/;
    expect([sql, plan.filter((step) => !found.test(step))]).toEqual([sql, []]);
  }
  database.close();
});

test("of a project's operations the newest ended ones are kept, and all that are open", () => {
  const store = new Store(join(planeDirectory(), "plane.db"));
  const left = store.transact((tx) => {
    for (let number = 0; number < 10; number++) {
      const at = `2026-01-01T00:00:0${number}Z`;
      const operation = { action: "apply_config", failures_count: 0, created_at: at, updated_at: at, total_duration_ms: 0 };
      for (const project_id of ["mine", "other"])
        tx.put("operation", { ...operation, id: `${project_id}-${number}`, project_id, status: number === 0 ? "running" : "finished" });
    }
    tx.pruneOperations("mine", 3);
    return ["mine", "other"].map((project) => tx.list("operation", { where: { project } }).map(({ id }) => id));
  });
  expect([left[0], left[1]?.length]).toEqual([["mine-0", "mine-7", "mine-8", "mine-9"], 10]);
  store.close();
});

test("a throw undoes everything a transaction did", () => {
  const store = new Store(join(planeDirectory(), "plane.db"));
  const annotation = (value: string) => ({ object: { type: "console/branch", id: "br-1" }, value: { value } });
  store.transact((tx) => {
    tx.put("annotation", annotation("first"));
  });
  expect(() =>
    store.transact((tx) => {
      tx.put("annotation", annotation("second"));
      expect(tx.get("annotation", "br-1")).toEqual(annotation("second"));
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(store.transact((tx) => tx.get("annotation", "br-1"))).toEqual(annotation("first"));
  store.close();
});
