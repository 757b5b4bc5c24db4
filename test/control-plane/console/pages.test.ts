import fc from "fast-check";
import Database from "libsql";
import { join } from "node:path";
import { AuditTrail } from "../../../control-plane/audit/auditTrail.js";
import { renderName } from "../../../control-plane/console/pages/table.js";
import { sharedPlane, startPlane } from "../../support/plane.js";
import { open, signIn, textOf } from "./client.js";
import { anyText } from "../../support/anyText.js";

/** What pages say, and what other people's texts can never do to them. */
const HOSTILE = "</title></main><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202egnp.exe\u200b";
const opened = jest.spyOn(AuditTrail, "open");
const plane = sharedPlane({
  seed: {
    organisations: [{ name: HOSTILE, id: "org-hostile-one-00000001" }],
    users: [{ name: "Mia", email: "mia@example.com", organisation: "org-hostile-one-00000001", role: "admin" }],
    projects: [
      {
        name: HOSTILE,
        id: "hostile-00000001",
        organisation: "org-hostile-one-00000001",
        roles: [{ name: HOSTILE.slice(0, 40) }],
        branches: [{ name: "main" }, { name: HOSTILE, parent: "main", computes: ["read_write"] }],
      },
      {
        name: "scoped",
        id: "scoped-00000001",
        settings: { allowed_ips: { ips: ["192.0.2.0/24", "2001:db8::/48", "198.51.100.7"], protected_branches_only: true } },
        branches: [{ name: "main", protected: true }, { name: "dev", computes: ["read_write"] }, { name: "bare" }],
      },
      { name: "blocked", id: "blocked-00000001", settings: { block_public_connections: true, block_vpc_connections: true } },
      { name: "half", id: "half-00000001", settings: { allowed_ips: { ips: ["0.0.0.0/1"] } } },
      { name: "azure", id: "azure-00000001", regionId: "azure-eastus2" },
      {
        name: "many",
        id: "many-00000001",
        branches: [{ name: "main" }, ...Array.from({ length: 119 }, (_, at) => ({ name: `b-${String(at).padStart(3, "0")}` }))],
      },
      ...Array.from({ length: 50 }, (_, at) => ({ name: `p${at}`, id: `p-of-many-${String(10_000_000 + at)}` })),
    ],
    keys: [
      { kind: "personal", name: "mia", user: "Mia", key: "napi_mia" },
      { kind: "project", name: "scoped", project: "scoped-00000001", key: "napi_scoped" },
    ],
  },
});
const trail = () => opened.mock.results.at(-1)?.value as AuditTrail;
let cookie: string;
beforeAll(async () => {
  cookie = await signIn(plane, plane.ready.apiKey);
});
const read = async (path: string, as = cookie) => {
  const reply = await open(plane, as, path);
  return { ...reply, text: textOf(reply.body) };
};
const tagsOf = (text: string): readonly string[] => text.replace(/"[^"]*"/g, '""').match(/<[a-z][^<>]*>/gi) ?? [];
/** Cells of a table, by row. */
const rowsOf = (body: string, id: string): string[][] =>
  [...(new RegExp(`<section id="${id}"[^]*?</section>`).exec(body)?.[0] ?? "").matchAll(/<tr>([^]*?)<\/tr>/g)]
    .slice(1)
    .map(([, row = ""]) => [...row.matchAll(/<td>([^]*?)<\/td>/g)].map(([, cell = ""]) => textOf(cell).trim()));

describe("texts of other people", () => {
  it("are text on every page: no markup, no control, no turned direction comes from them", async () => {
    const { orgId } = { orgId: "org-hostile-one-00000001" };
    const api = plane.api.withKey("napi_mia");
    const vpce = `/organizations/${orgId}/vpc/region/aws-us-east-1/vpc_endpoints/vpce-0000000000000000a`;
    expect((await api.call("POST", vpce, { label: HOSTILE })).status).toBe(200);
    expect((await api.call("PATCH", "/projects/hostile-00000001", { project: { settings: { block_vpc_connections: true } } })).status).toBe(
      200,
    );
    const said = {
      session: HOSTILE,
      clientAddress: HOSTILE,
      via: HOSTILE,
      role: HOSTILE,
      database: HOSTILE,
      applicationName: HOSTILE,
      endpointId: HOSTILE,
    };
    const entry = {
      at: new Date().toISOString(),
      action: "connect",
      decision: "refused",
      reason: "password-failed",
      branchId: HOSTILE,
      projectId: "hostile-00000001",
    } as const;
    trail().recordDecision({ ...entry, ...said });
    trail().append(orgId, {
      type: "statement",
      at: entry.at,
      session: HOSTILE,
      branch_id: HOSTILE,
      role: HOSTILE,
      statement: HOSTILE,
      length: 9,
    });
    trail().appendFindings(orgId, [{ type: "anomaly", at: entry.at, rule: HOSTILE, severity: "high", summary: HOSTILE, evidence: [1] }], 0);
    trail().flush();
    const own = await signIn(plane, "napi_mia");
    for (const path of ["/", "/console/projects/hostile-00000001", "/console/decisions", "/console/audit"]) {
      const { status, body, text } = await read(path, own);
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain("<script>alert(1)</script>");
      expect(text).toContain("\\u{202e}gnp.exe\\u{200b}");
      expect(body.match(/<\/?(?:script|main|title)\b/g)).toHaveLength(6);
      expect(
        tagsOf(body.replace(/<script>[^]*?<\/script>/, "")).filter((tag) => /\son\w+=|^<(?:img|iframe|object|base)/i.test(tag)),
      ).toEqual([]);
      expect(body.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  it("take the room of 200 characters at most, whatever they are made of", () => {
    // An ellipsis besides, and a blank for each of two tags.
    const measure = (text: string) => Array.from(textOf(renderName(text).text)).length;
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText(), fc.constantFrom("\u0335", "\u3164", "\u202e", "\n", "&", "🙂"))), (parts) => {
        expect(measure(parts.join("").repeat(30))).toBeLessThanOrEqual(201 + 2);
      }),
    );
    expect(measure("\u3164".repeat(10_000))).toBe(201 + 2);
    expect(textOf(renderName("shop").text).trim()).toBe("shop");
  });

  it("of an address are never shown", async () => {
    for (const path of [
      `/console/projects/${encodeURIComponent(HOSTILE).slice(0, 180)}`,
      `/?org=${encodeURIComponent(HOSTILE)}`,
      `/console/${encodeURIComponent(HOSTILE)}`,
    ]) {
      const { status, body } = await read(path);
      expect(status).toBe(404);
      expect(body).not.toMatch(/alert|gnp/);
    }
  });
});

describe("who can connect", () => {
  it.each([
    ["scoped", /^open Every address$/],
    ["blocked", /^Nobody$/],
    ["half", /^open Nearly every address: 0\.0\.0\.0\/1$/],
    ["azure", /^open Every address$/],
  ])("is said of %s", async (name, said) => {
    const { body } = await read(`/console/projects/${name}-00000001`);
    expect(textOf(/<p class="note">([^]*?)<\/p>/.exec(body)?.[1] ?? "").trim()).toMatch(said);
  });

  it("is said of each branch, by its protection and its computes", async () => {
    const { body } = await read("/console/projects/scoped-00000001");
    const reach = rowsOf(body, "branches").map(([branch = "", who]) => [branch.split(" ")[0], who]);
    expect(reach.sort()).toEqual([
      ["bare", "Nobody"],
      ["dev", "open Every address"],
      ["main", "192.0.2.0/24, 198.51.100.7 and 1 more"],
    ]);
    expect(rowsOf(body, "allowlist")).toEqual([
      ["192.0.2.0/24", "256 addresses"],
      ["2001:db8::/48", "2^80 addresses"],
      ["198.51.100.7", "1 address"],
    ]);
  });

  it("is told with private endpoints once they are accepted, and without where the project blocks them", async () => {
    const path = `/organizations/${plane.ready.orgId}/vpc/region/aws-us-east-1/vpc_endpoints/vpce-0000000000000000c`;
    expect((await plane.api.call("POST", path, { label: "office" })).status).toBe(200);
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 60 });
    const open = await read("/console/projects/half-00000001");
    expect(open.text).toContain("through vpce-0000000000000000c");
    expect(rowsOf(open.body, "endpoints")).toEqual([["vpce-0000000000000000c", "office", "accepted", "yes"]]);
    const blocked = await read("/console/projects/blocked-00000001");
    expect(rowsOf(blocked.body, "endpoints")).toEqual([["vpce-0000000000000000c", "office", "accepted", "no"]]);
    expect(blocked.text).toContain("nobody comes in by one");
  });

  it("is not made to look closed to a key that does not see the private endpoints", async () => {
    const { text } = await read("/", await signIn(plane, "napi_scoped"));
    expect(text).toContain("private endpoints, which this key does not see");
  });
});

describe("tables", () => {
  it("of projects have 50 rows and lead to all the others", async () => {
    const first = await read("/");
    expect(rowsOf(first.body, "projects")).toHaveLength(50);
    const next = /href="(\/\?org=[^"]*cursor=[^"]*)"/.exec(first.body)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await read(next);
    const names = [...rowsOf(first.body, "projects"), ...rowsOf(second.body, "projects")].map(([name]) => name);
    expect(new Set(names).size).toBe(55);
    expect(second.text).toContain("First page");
  });

  it("of branches have 50 rows, by links both ways", async () => {
    const names: (string | undefined)[] = [];
    let path: string | undefined = "/console/projects/many-00000001";
    let pages = 0;
    while (path !== undefined) {
      const { body }: { body: string } = await read(path);
      const rows = rowsOf(body, "branches");
      expect(rows.length).toBeLessThanOrEqual(50);
      names.push(...rows.map(([name]) => name));
      pages += 1;
      path = /href="([^"]*)">More/.exec(body)?.[1]?.replaceAll("&amp;", "&");
    }
    expect([pages, new Set(names).size]).toEqual([3, 120]);
    expect((await read("/console/projects/many-00000001?branches=50")).text).toContain("Before");
  });

  it("of decisions and of the audit go back to the first row, without a gap and with no row twice", async () => {
    const many = await startPlane();
    const first = { at: new Date().toISOString(), action: "connect", decision: "refused", reason: "timed-out", via: "public" } as const;
    const project = (await many.api.project()).project.id;
    trail().recordDecision({ ...first, session: "s", clientAddress: "192.0.2.77", projectId: project });
    trail().flush();
    const { head } = (await many.api.call("GET", `/x-palisade/audit/head?org_id=${many.ready.orgId}`)).body as { head: { seq: number } };
    for (let at = 0; at < 130; at++) {
      if (at % 2 === 0) await many.api.call("POST", "/api_keys", { key_name: `k${at}` });
      trail().append(many.ready.orgId, {
        type: "statement",
        at: first.at,
        session: `s-${at}`,
        branch_id: "br-x",
        role: `role-${at}`,
        length: 1,
      });
    }
    trail().flush();
    const as = await signIn(many, many.ready.apiKey);
    const places: number[] = [];
    let path: string | undefined = "/console/audit";
    while (path !== undefined) {
      const { body } = await open(many, as, path);
      const rows = rowsOf(body, "rows");
      expect(rows.length).toBeLessThanOrEqual(50);
      places.push(...rows.map(([place]) => Number(place)));
      path = /href="([^"]*)">Older/.exec(body)?.[1]?.replaceAll("&amp;", "&");
    }
    const newest = head.seq + 195;
    expect(places).toEqual(Array.from({ length: newest }, (_, at) => newest - at));
    expect(rowsOf((await open(many, as, "/console/decisions")).body, "decisions").map(([, , , from]) => from)).toEqual(["192.0.2.77"]);
    expect(textOf((await open(many, as, "/console/decisions?before=2")).body)).toContain("The proxy has decided nothing before that.");
  });

  it("show a row that somebody has changed in the file for what is left of it", async () => {
    const before = await startPlane();
    const { directory, ready } = before;
    await before.api.call("POST", "/api_keys", { key_name: "one" });
    await before.api.call("POST", "/api_keys", { key_name: "two" });
    await before.stop();
    const database = new Database(join(directory, "plane.db"));
    const [row] = database.prepare("SELECT event FROM audit_event ORDER BY rowid LIMIT 1").all() as { event: string }[];
    const { org_id, seq } = JSON.parse(row?.event ?? "") as { org_id: string; seq: number };
    const bent = { org_id, seq, type: "change", owner: 7, object: [], before: "x", at: { a: 1 } };
    database.prepare("UPDATE audit_event SET event = ? WHERE event = ?").run(JSON.stringify(bent), row?.event);
    database.close();
    const after = await startPlane({ dataDirectory: directory });
    const { status, body } = await open(after, await signIn(after, ready.apiKey), "/console/audit");
    expect(status).toBe(200);
    expect(rowsOf(body, "rows").at(-1)?.slice(0, 3)).toEqual(["1", "not known", expect.stringContaining("not known")]);
  });
});

it("asks for a page again and is told that nothing is new, until something is", async () => {
  const first = await read("/console/projects/scoped-00000001");
  const headers = { "if-none-match": String(first.headers["etag"]) };
  const again = await open(plane, cookie, "/console/projects/scoped-00000001", headers);
  expect([again.status, again.body]).toEqual([304, ""]);
  await plane.api.call("PATCH", "/projects/scoped-00000001", { project: { name: "renamed" } });
  const changed = await open(plane, cookie, "/console/projects/scoped-00000001", headers);
  expect([changed.status, textOf(changed.body)]).toEqual([200, expect.stringContaining("renamed")]);
});

it("says what is wrong in a page, in words, and without a stack", async () => {
  const { status, text } = await read("/console/audit", await signIn(plane, "napi_scoped"));
  expect([status, text]).toEqual([403, expect.stringContaining("A project-scoped API key is not allowed to make this call.")]);
  expect(text).not.toMatch(/\bat \w+ \(|node_modules|Error:/);
});
