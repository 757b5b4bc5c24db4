import type { Admin } from "./admin.js";

/** Everything that an organisation holds, one line of text each, in which no id, time or secret of this run is left: two runs can be compared. */
export type Inventory = ReadonlyMap<string, string>;

type Wire = Record<string, unknown>;

/** Gives every object the same name in every run: `branch strong`, and `branch strong #2` for the next of that name. */
export class ObjectNames {
  private readonly known = new Map<string, string>();
  private readonly used = new Set<string>();

  /** @param id unique in its kind of object */
  assignName(kind: string, id: string, called: string): string {
    const known = this.known.get(`${kind} ${id}`);
    if (known !== undefined) return known;
    const base = `${kind} ${this.replaceIds(called)}`;
    let name = base;
    for (let number = 2; this.used.has(name); number++) name = `${base} #${number}`;
    this.used.add(name);
    this.known.set(`${kind} ${id}`, name);
    // A short number occurs in other texts too.
    if (id.length >= 8) this.replacements.push([id, name]);
    return name;
  }

  /** What stands for a text of this run, such as a random address. */
  readonly replacements: [text: string, name: string][] = [];

  replaceIds(text: string): string {
    const named = this.replacements.reduce((rest, [id, name]) => rest.replaceAll(id, name), text);
    return OWNERSHIP_TAGS.reduce((rest, mark) => rest.replace(mark, "<mark>"), named);
  }
}

/** The mark in a compute's name, and the one behind a key's. */
const OWNERSHIP_TAGS = [/pal-[0-9a-f]{10}-([0-9a-f]{32})?-[0-9a-f]{16}/g, /(?<=-)[0-9a-f]{32}\b/g];

/** Bookkeeping that moves by itself, numbers of the plane's own, and secrets. Ids are replaced by names. */
const VOLATILE =
  /^(id|user_id|.*_at|.*_by|last_.*|.*_state|operations|parent_lsn|parent_timestamp|.*_seconds_used|cpu_used_sec|consumption_.*|password|active_time.*|compute_time_seconds|creation_source|restricted_actions)$/;
/** A member's time of joining and the like go, an expiry that was asked for stays. */
const KEPT = new Set(["expires_at"]);

export async function readInventory(admin: Admin, orgId: string, names: ObjectNames): Promise<Inventory> {
  const seen = new Map<string, string>();
  const list = async (path: string, key: string) => {
    const body = (await admin.callOrThrow("GET", path)) as Wire | Wire[];
    return Array.isArray(body) ? body : ((body[key] as Wire[] | undefined) ?? []);
  };
  const text = (value: unknown) => value as string;
  const note = (kind: string, id: string, called: string, object: Wire) => {
    const kept = Object.entries(object).filter(([name]) => KEPT.has(name) || !VOLATILE.test(name));
    seen.set(names.assignName(kind, id, called), names.replaceIds(JSON.stringify(Object.fromEntries(kept))));
  };
  const projects = await list(`/projects?org_id=${orgId}&limit=400`, "projects");
  for (const project of projects) names.assignName("project", text(project["id"]), text(project["name"]));
  for (const item of projects) {
    const id = text(item["id"]);
    const at = `/projects/${id}`;
    const project = (await admin.callOrThrow("GET", at))["project"] as Wire;
    const of = (called: string) => `${called} of ${names.assignName("project", id, "")}`;
    const branches = await list(`${at}/branches`, "branches");
    for (const branch of branches) names.assignName("branch", text(branch["id"]), of(text(branch["name"])));
    for (const compute of await list(`${at}/endpoints`, "endpoints"))
      note("compute", text(compute["id"]), of(`${text(compute["type"])} ${text(compute["branch_id"])}`), compute);
    for (const branch of branches) {
      const branchId = text(branch["id"]);
      note("branch", branchId, "", branch);
      const within = `${at}/branches/${branchId}`;
      const schedule = await list(`${within}/backup_schedule`, "schedule");
      if (schedule.length > 0) note("schedule", branchId, of(branchId), { schedule });
      for (const role of await list(`${within}/roles`, "roles"))
        note("role", `${branchId}/${text(role["name"])}`, of(`${text(role["name"])} ${branchId}`), role);
      for (const database of await list(`${within}/databases`, "databases"))
        note("database", `${branchId}/${String(database["id"])}`, of(`${text(database["name"])} ${branchId}`), database);
    }
    note("project", id, "", project);
    for (const jwks of await list(`${at}/jwks`, "jwks")) note("jwks", text(jwks["id"]), of(text(jwks["jwks_url"])), jwks);
    // The moment of one that was made now is that of the call.
    for (const { timestamp: _moment, ...snapshot } of await list(`${at}/snapshots`, "snapshots"))
      note("snapshot", text(snapshot["id"]), of(text(snapshot["name"])), snapshot);
    for (const permission of await list(`${at}/permissions`, "project_permissions"))
      note("permission", text(permission["id"]), of(text(permission["granted_to_email"])), permission);
    for (const member of await list(`${at}/members`, "project_members"))
      if (member["project_role"] !== undefined) note("level", `${id}/${text(member["email"])}`, of(text(member["email"])), member);
    const key = await admin.call("GET", `/x-palisade/projects/${id}/customer_managed_key`);
    if (key.status === 200) {
      // Each run has a vault of its own, and a mark of its own.
      const { annotations: _mark, key_version: _version, ...rest } = key.body["customer_managed_key"] as Wire;
      note("key", id, of("customer"), rest);
    }
    for (const restriction of await list(`${at}/vpc_endpoints`, "endpoints"))
      note("restriction", `${id}/${text(restriction["vpc_endpoint_id"])}`, of(text(restriction["vpc_endpoint_id"])), restriction);
  }
  const org = `/organizations/${orgId}`;
  const auditExports = await admin.call("GET", `/x-palisade${org}/audit_exports`);
  for (const one of auditExports.status === 200 ? (auditExports.body["audit_exports"] as Wire[]) : []) {
    // What was asked for alone: how it does moves with every call, and each run has a mark and a secret of its own.
    const { org_id, name, sink, format, filter, enabled } = one;
    note("export", text(one["id"]), text(name), { org_id, name, sink, format, filter, enabled });
  }
  for (const key of await list(`${org}/api_keys`, "")) note("key", String(key["id"]), text(key["name"]), key);
  for (const { email, ...invitation } of await list(`${org}/invitations`, "invitations"))
    note("invitation", text(email), text(email), invitation);
  for (const { member, user } of await list(`${org}/members`, "members"))
    note("member", text((member as Wire)["id"]), text((user as Wire)["email"]), member as Wire);
  for (const endpoint of await list(`${org}/vpc/vpc_endpoints`, "endpoints"))
    note("endpoint", `${text(endpoint["region_id"])}/${text(endpoint["vpc_endpoint_id"])}`, text(endpoint["vpc_endpoint_id"]), endpoint);
  return seen;
}

/** What became of the organisation: `+` made, `-` gone, `~` changed, sorted. */
export function compareInventories(before: Inventory, after: Inventory): string[] {
  const made = [...after].filter(([name]) => !before.has(name)).map(([name, text]) => `+ ${name} ${text}`);
  const gone = [...before].filter(([name]) => !after.has(name)).map(([name]) => `- ${name}`);
  const changed = [...after]
    .filter(([name, text]) => before.has(name) && before.get(name) !== text)
    .map(([name, text]) => `~ ${name} ${text}`);
  return [...made, ...gone, ...changed].sort();
}
