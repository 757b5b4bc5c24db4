import { z } from "zod";
import { isPalisadeError } from "../../contract/errors.js";
import type { NeonApi } from "../../provider/client/api.js";
import type { JudgedItem } from "./compare.js";
import type { AuditTrace } from "./driftItem.js";

const Document = z.record(z.string(), z.unknown());
const Entry = z.object({
  at: z.string(),
  key_id: z.number().int(),
  owner: z.object({ type: z.string(), id: z.string() }),
  object: z.object({ kind: z.string(), id: z.string() }),
  before: Document.optional(),
  after: Document.optional(),
});
type Entry = z.output<typeof Entry>;
/** The audit of an embedded plane; Neon has none. */
const Page = z.object({ entries: z.array(Entry), pagination: z.object({ next: z.string().optional() }) });

/** So many of the newest changes are looked at: ten pages. */
const MOST_PAGES = 10;
const PAGE = 100;

/** Adds who changed what is found and when, where the host keeps an audit and the key may read it. */
export async function addAuditTrail(api: NeonApi, orgId: string, judged: readonly JudgedItem[]): Promise<JudgedItem[]> {
  const unknown = new Map<string, AuditTrace>(judged.flatMap(({ traces }) => traces.map((trace) => [getTraceKey(trace), trace] as const)));
  const found = new Map<string, Entry>();
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES && unknown.size > 0; page++) {
    const read = await readPage(api, orgId, cursor);
    if (!read) break;
    for (const entry of read.entries)
      for (const [key, trace] of unknown)
        if (isEntryOf(entry, trace)) {
          found.set(key, entry);
          unknown.delete(key);
        }
    cursor = read.pagination.next;
    if (cursor === undefined) break;
  }
  return judged.map((one) => {
    const entries = one.traces.flatMap((trace) => found.get(getTraceKey(trace)) ?? []);
    const [newest] = entries.sort((a, b) => (a.at < b.at ? 1 : -1));
    if (!newest) return one;
    const changedBy = `${newest.owner.type} ${newest.owner.id}, API key ${newest.key_id}`;
    return { ...one, finding: { ...one.finding, changedAt: newest.at, changedBy } };
  });
}

const getTraceKey = ({ kind, id, field = "" }: AuditTrace): string => `${kind} ${id} ${field}`;

const isEntryOf = ({ object, before, after }: Entry, { kind, id, field }: AuditTrace): boolean =>
  object.kind === kind && object.id === id && (field === undefined || JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]));

async function readPage(api: NeonApi, orgId: string, cursor: string | undefined): Promise<z.output<typeof Page> | undefined> {
  const query = { org_id: orgId, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
  try {
    return await api.ask(Page, api.client.get({ url: "/x-palisade/audit", query }));
  } catch (error) {
    if (isPalisadeError(error, "PAL_NOT_FOUND", "PAL_NOT_THE_API", "PAL_FORBIDDEN", "PAL_PLAN_LIMIT")) return undefined;
    throw error;
  }
}
