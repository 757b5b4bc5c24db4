import type { ChangeEvent } from "@palisade/neon/contract/wire/auditEvent";
import type { DocumentKind } from "../store/kinds.js";
import type { AuditChain, FormerRow, NewAuditEvent } from "./chain.js";

/** What of the store is asked: whose a project is. */
interface ProjectReader {
  get(kind: "project", id: string): { readonly org_id?: string | undefined } | undefined;
}

/** Who changes what, for the rows of a request. */
export interface AuditContext<Tx> {
  at: string;
  /** Id of the API key; its text is nowhere. */
  key: number;
  /** Whose key: `user/…`, `organization/…` or `project/…`. */
  owner: string;
  /** Method and route. */
  what: string;
  /** Request id. */
  request: string;
  /** Where the call came from. */
  address: string;
  /** Project of the path, for what does not name its own. */
  project: string | undefined;
  /** Those of the key's owner: who is told of what belongs to no organisation, such as a personal key. */
  listOrganizations: (tx: Tx) => readonly string[];
}

export interface DocumentChange {
  kind: DocumentKind;
  id: string;
  before: string | null;
  after: string | null;
}

/**
 * Appends the rows of one request, one for each document changed and organisation concerned. A refused call changes nothing and leaves none:
 * otherwise anybody with a key could push out, for nothing, what did happen.
 */
export function appendChanges<Tx extends ProjectReader>(
  chain: AuditChain,
  tx: Tx,
  audit: AuditContext<Tx>,
  changes: readonly DocumentChange[],
): void {
  const left = collectLeftOrganizations(changes);
  for (const change of mergeChanges(changes)) {
    const { kind, id, before, after } = change;
    const document = JSON.parse(after ?? before ?? "{}") as OwnedDocument;
    const project = kind === "project" ? id : (document.project_id ?? audit.project);
    const former = project === undefined ? undefined : left.get(project);
    const current = project === undefined ? undefined : tx.get("project", project)?.org_id;
    const owning = kind === "organization" ? id : (document.org_id ?? (after === null ? (former ?? current) : current));
    const owners = [owning, ...(kind === "project" ? [former] : [])].filter((org) => org !== undefined);
    const concerned = owners.length > 0 ? owners : audit.listOrganizations(tx);
    const event = toChangeEvent({ ...audit, ...change, project: project ?? null });
    for (const org of concerned.length > 0 ? concerned : [null]) chain.append(org, event);
  }
}

type ChangeFacts = Omit<FormerRow, "seq" | "org">;

/** The row of a change, without its place in a stream. */
export function toChangeEvent(facts: ChangeFacts): NewAuditEvent & Pick<ChangeEvent, "type"> {
  const { at, key, owner, what, request, kind, id, before, after, address, project } = facts;
  const [type = "", ownerId = ""] = owner.split("/");
  return {
    type: "change",
    at,
    ...(project !== null && { project_id: project }),
    key_id: key,
    owner: { type, id: ownerId },
    call: what,
    object: { kind, id },
    ...(before !== null && { before: parseDocument(before) }),
    ...(after !== null && { after: parseDocument(after) }),
    request_id: request,
    address,
  };
}

const parseDocument = (text: string) => JSON.parse(text) as Record<string, unknown>;

interface OwnedDocument {
  org_id?: string;
  project_id?: string;
}

/** By project that moves: the organisation it leaves, which is told of that, and alone of what does not come along. */
function collectLeftOrganizations(changes: readonly DocumentChange[]): Map<string, string> {
  const left = new Map<string, string>();
  for (const { kind, id, before, after } of changes) {
    if (kind !== "project" || before === null || after === null) continue;
    const [was, is] = [before, after].map((text) => (JSON.parse(text) as OwnedDocument).org_id);
    if (was !== undefined && was !== is) left.set(id, was);
  }
  return left;
}

/** One for each document: as it was before the call and as it is after it. What came and went within it was never there. */
function mergeChanges(changes: readonly DocumentChange[]): DocumentChange[] {
  const byDocument = new Map<string, DocumentChange>();
  for (const change of changes) {
    const key = `${change.kind} ${change.id}`;
    const first = byDocument.get(key);
    byDocument.set(key, first ? { ...first, after: change.after } : change);
  }
  return [...byDocument.values()].filter(({ before, after }) => before !== null || after !== null);
}
