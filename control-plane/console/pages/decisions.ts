import { type Content, html, showName } from "@palisade/neon/contract/page/markup";
import type { AuditRow } from "@palisade/neon/contract/wire/audit";
import { BranchResponse } from "@palisade/neon/contract/wire/branch";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import { REASON_TEXTS } from "../../proxy/refusals.js";
import type { ApiReader } from "../apiReader.js";
import { DECISIONS_PATH } from "../requests.js";
import { readField } from "./fields.js";
import type { Page } from "./frame.js";
import { readStreamPage } from "./stream.js";
import { buildProjectPath, formatSecond, renderChip, renderName, renderTable, renderWhole } from "./table.js";

const EMPTY = {
  none: "The proxy has decided nothing yet.",
  noneBefore: "The proxy has decided nothing before that.",
  noneAmongThese: "None among these rows.",
} as const;

/** Whom the proxy has let in and whom not, the newest first: rows of the audit. */
export async function renderDecisions(reader: ApiReader, query: URLSearchParams): Promise<Page> {
  const { organization, rows, organizations, pager, emptiness } = await readStreamPage(reader, query, {
    path: DECISIONS_PATH,
    label: "decisions",
    type: "connection",
  });
  const names = new NameReader(reader);
  const cells: Content[][] = [];
  for (const row of rows) cells.push(await renderRow(row, names));
  const table = renderTable({
    id: "decisions",
    title: "Newest first",
    columns: ["When (UTC)", "Decision", "Role and database", "From", "To", "Why"],
    rows: cells,
    empty: EMPTY[emptiness],
    pager,
  });
  const content = html`<h1>Decisions of the proxy</h1>
    <p class="muted">Connections to computes of ${showName(organization.name)}. A flood of refusals is counted, and not told one by one.</p>
    ${organizations}${table}`;
  return { title: "Decisions", content };
}

async function renderRow(row: AuditRow, names: NameReader): Promise<Content[]> {
  const { decision, reason } = { decision: readField(row, "decision"), reason: readField(row, "reason") };
  const [role, database, via, application] = ["role", "database", "via", "application_name"].map((name) => readField(row, name));
  const isCancel = readField(row, "action") === "cancel";
  return [
    renderWhole(formatSecond(readField(row, "at") ?? "not known")),
    html`${renderChip(decision === "admitted" ? "holds" : decision === "refused" ? "high" : "plain", decision ?? "not known")}${isCancel ? " cancel" : undefined}`,
    role === undefined
      ? html`<span class="muted">not said</span>`
      : html`${renderName(role)}${database === undefined ? undefined : html` on ${renderName(database)}`}`,
    html`${readField(row, "address") ?? "not known"}${via === undefined || via === "public" ? undefined : html`<br />${renderName(via)}`}${
      application === undefined ? undefined : html`<br /><span class="muted small">${renderName(application)}</span>`
    }`,
    await names.render(row),
    reason === undefined
      ? undefined
      : html`${findReasonText(reason) ?? renderName(reason)}<br /><span class="muted small">${renderName(reason)}</span>`,
  ];
}

const findReasonText = (reason: string): string | undefined =>
  Object.hasOwn(REASON_TEXTS, reason) ? REASON_TEXTS[reason as keyof typeof REASON_TEXTS] : undefined;

/** What projects and branches are called now, each asked for once; what is gone, or not seen, has its id. */
class NameReader {
  private readonly known = new Map<string, Promise<string | undefined>>();

  constructor(private readonly reader: ApiReader) {}

  async render(row: AuditRow): Promise<Content> {
    const [projectId, branchId] = [readField(row, "project_id"), readField(row, "branch_id")];
    const compute = readField(row, "endpoint_id");
    if (projectId === undefined) return compute;
    const project = await this.recall(`project ${projectId}`, () => this.findProject(projectId));
    const branch = branchId && (await this.recall(`branch ${projectId} ${branchId}`, () => this.findBranch(projectId, branchId)));
    const place = project === undefined ? projectId : html`<a href="${buildProjectPath(projectId)}">${renderName(project)}</a>`;
    return html`${branch ? renderName(branch) : branchId}${branchId === undefined ? undefined : " of "}${place}<br /><span
        class="muted small"
        >${compute}</span
      >`;
  }

  private recall(key: string, find: () => Promise<string | undefined>): Promise<string | undefined> {
    const known = this.known.get(key) ?? find();
    this.known.set(key, known);
    return known;
  }

  private async findProject(id: string): Promise<string | undefined> {
    return (await this.reader.readIfAllowed(ProjectResponse, "/projects/:project_id", { project_id: id }))?.project.name;
  }

  private async findBranch(projectId: string, id: string): Promise<string | undefined> {
    const params = { project_id: projectId, branch_id: id };
    return (await this.reader.readIfAllowed(BranchResponse, "/projects/:project_id/branches/:branch_id", params))?.branch.name;
  }
}
