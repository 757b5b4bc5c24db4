import { html, type Content, type Markup, showName } from "@palisade/neon/contract/page/markup";
import type { AuditHead, AuditRow } from "@palisade/neon/contract/wire/audit";
import type { ApiReader } from "../apiReader.js";
import { AUDIT_PATH } from "../requests.js";
import { listChangedFields, readField } from "./fields.js";
import type { Page } from "./frame.js";
import { readStreamPage } from "./stream.js";
import { formatSecond, renderChip, renderName, renderTable, renderWhole } from "./table.js";

/** Fields of a change that are named; more are counted. */
const MOST_FIELDS = 6;
/** Of a digest: enough to tell rows apart, and no proof. */
const SHORT_DIGEST = 12;

const EMPTY = { none: "No row yet.", noneBefore: "No row before that.", noneAmongThese: "No row among these." } as const;

/** The end of an organisation's chain: its newest rows, and the row that the next one follows. */
export async function renderAudit(reader: ApiReader, query: URLSearchParams): Promise<Page> {
  const { organization, head, rows, organizations, pager, emptiness } = await readStreamPage(reader, query, {
    path: AUDIT_PATH,
    label: "the audit",
  });
  const table = renderTable({
    id: "rows",
    title: "Newest first",
    columns: ["Row", "When (UTC)", "What", "By", "Digest"],
    rows: rows.map(renderRow),
    empty: EMPTY[emptiness],
    pager,
  });
  const content = html`<h1>Audit</h1>
    <p class="muted">
      What was changed, and who connected, in ${showName(organization.name)}. No page proves a chain:
      <code>palisade audit verify</code> does.
    </p>
    ${organizations}${renderHead(head)}${table}`;
  return { title: "Audit", content };
}

function renderHead({ head, checkpoint }: AuditHead): Markup {
  return html`<section id="head" aria-labelledby="head-title">
    <h2 id="head-title">Head of the chain</h2>
    <p>Row ${head.seq}${head.at === null ? undefined : ` of ${formatSecond(head.at)} UTC`}: <code>${head.digest}</code></p>
    <p class="muted">
      Signed by the key <code>${head.fingerprint}</code>: <code>palisade audit head</code> prints it to be kept
      elsewhere.${checkpoint === undefined ? undefined : ` Rows up to ${checkpoint.seq} were pruned.`}
    </p>
  </section>`;
}

function renderRow(row: AuditRow): Content[] {
  return [
    html`${row.seq}`,
    renderWhole(formatSecond(readField(row, "at") ?? "not known")),
    describe(row),
    renderActor(row),
    html`<code>${renderWhole(row.digest.slice(0, SHORT_DIGEST))}</code>`,
  ];
}

function renderActor(row: AuditRow): Content {
  const [owner, key, role] = [readField(row, "owner", "id"), readField(row, "key_id"), readField(row, "role")];
  const from = [key === undefined ? undefined : `key ${key}`, readField(row, "address")].filter((part) => part !== undefined).join(", ");
  const place = from === "" ? undefined : html`<br /><span class="muted small">${from}</span>`;
  if (owner !== undefined) return html`${readField(row, "owner", "type")} ${renderName(owner)}${place}`;
  return role === undefined ? html`<span class="muted">the plane</span>${place}` : html`role ${renderName(role)}${place}`;
}

function describe(row: AuditRow): Content {
  const get = (name: string) => readField(row, name);
  switch (row["type"]) {
    case "change":
      return describeChange(row);
    case "connection":
      return html`${renderChip(get("decision") === "admitted" ? "holds" : "high", get("decision") ?? "not known")} ${get("action")}
      ${get("endpoint_id")}${get("reason") === undefined ? undefined : html` <span class="muted">${get("reason")}</span>`}`;
    case "connection-end":
      return html`session ended after ${get("duration_ms")} ms <span class="muted">${get("session")}</span>`;
    case "refusals-counted":
      return html`${get("refusals")} more refusals since ${formatSecond(get("since") ?? "")}`;
    case "statement":
      return html`statement of ${get("length")}
      bytes${get("statement") === undefined ? undefined : html`: <code>${renderName(get("statement") ?? "")}</code>`}`;
    case "anomaly":
      return html`${renderChip(get("severity") === "high" ? "high" : "medium", get("rule") ?? "anomaly")}
      ${renderName(get("summary") ?? "")}`;
    default:
      return html`<span class="muted">a row of a type that this console does not know</span>`;
  }
}

function describeChange(row: AuditRow): Content {
  const fields = listChangedFields(row);
  const named = fields.slice(0, MOST_FIELDS).map((field, at) => html`${at === 0 ? "" : ", "}${renderName(field)}`);
  const more = fields.length > MOST_FIELDS ? ` and ${fields.length - MOST_FIELDS} more` : undefined;
  const what = row["before"] === undefined ? "made" : row["after"] === undefined ? "removed" : "changed";
  return html`${readField(row, "object", "kind")} ${renderName(readField(row, "object", "id") ?? "not known")}
    ${what}${fields.length === 0 ? undefined : html`: ${named}${more}`}<br /><span class="muted small">${readField(row, "call")}</span>`;
}
