import { html, type Markup, showName } from "@palisade/neon/contract/page/markup";
import { type Organization, OrganizationsResponse } from "@palisade/neon/contract/wire/account";
import { type ProjectListItem, ProjectsPage, SharedProjectsPage } from "@palisade/neon/contract/wire/project";
import type { ApiReader } from "../apiReader.js";
import { ProjectReader } from "../projectReader.js";
import { wordReach } from "../reach.js";
import type { Page } from "./frame.js";
import { chooseOrganization, renderOrganizations } from "./organizations.js";
import { renderReach } from "./reachCell.js";
import { buildHref, buildProjectPath, PAGE_ROWS, renderName, renderPager, renderTable } from "./table.js";

const COLUMNS = ["Project", "Who can connect", "Branches", "Protected", "Computes"];

/** Projects of one organisation, and those that others share with this person. */
export async function renderOverview(reader: ApiReader, query: URLSearchParams): Promise<Page> {
  const { organizations } = await reader.read(OrganizationsResponse, "/users/me/organizations");
  const organization = chooseOrganization(organizations, query);
  const projects = new ProjectReader(reader);
  const own = organization && (await renderOwn(reader, projects, organization, query));
  const shared = reader.kind === "personal" ? await renderShared(reader, projects, query) : undefined;
  const content = html`<h1>${organization ? showName(organization.name) : "No organisation"}</h1>
    <p class="muted">
      ${organization ? html`<code>${organization.id}</code>, plan ${organization.plan}` : "The owner of this key is in no organisation."}
    </p>
    ${renderOrganizations(organizations, organization, "/")}${own}${shared}`;
  return { title: "Projects", content };
}

async function renderOwn(reader: ApiReader, projects: ProjectReader, { id }: Organization, query: URLSearchParams): Promise<Markup> {
  const asked = { org_id: id, limit: String(PAGE_ROWS), cursor: query.get("cursor") ?? undefined };
  const page = await reader.read(ProjectsPage, "/projects", {}, asked);
  const next = page.projects.length === PAGE_ROWS ? page.pagination?.cursor : undefined;
  return renderTable({
    id: "projects",
    title: reader.kind === "project" ? "The project of this key" : "Projects",
    columns: COLUMNS,
    rows: await renderRows(projects, page.projects),
    empty: "None.",
    pager: renderPager("projects", [
      ["First page", query.has("cursor") ? buildHref("/", { org: id }) : undefined],
      ["More", next && buildHref("/", { org: id, cursor: next })],
    ]),
  });
}

async function renderShared(reader: ApiReader, projects: ProjectReader, query: URLSearchParams): Promise<Markup | undefined> {
  const asked = { limit: String(PAGE_ROWS), cursor: query.get("shared") ?? undefined };
  const page = await reader.read(SharedProjectsPage, "/projects/shared", {}, asked);
  if (page.projects.length === 0) return undefined;
  const next = page.projects.length === PAGE_ROWS ? page.pagination?.cursor : undefined;
  return renderTable({
    id: "shared",
    title: "Shared with you",
    columns: COLUMNS,
    rows: await renderRows(projects, page.projects),
    empty: "None.",
    pager: renderPager("shared projects", [
      ["First page", query.has("shared") ? buildHref("/", { org: query.get("org") ?? undefined }) : undefined],
      ["More", next && buildHref("/", { org: query.get("org") ?? undefined, shared: next })],
    ]),
  });
}

async function renderRows(projects: ProjectReader, items: readonly ProjectListItem[]): Promise<Markup[][]> {
  const rows: Markup[][] = [];
  for (const item of items) {
    const seen = await projects.read(item);
    if (seen === undefined) continue;
    const { branches, computes, network } = seen;
    const running = computes.filter(({ current_state: state }) => state === "active").length;
    const disabled = computes.filter((compute) => compute.disabled).length;
    const more = [...(running > 0 ? [`${running} running`] : []), ...(disabled > 0 ? [`${disabled} disabled`] : [])];
    rows.push([
      html`<a href="${buildProjectPath(item.id)}">${renderName(item.name)}</a><br /><span class="muted small"
          >${item.id}, ${item.region_id}</span
        >`,
      renderReach(wordReach(network, branches, computes)),
      html`${branches.length}`,
      html`${branches.filter((branch) => branch.protected).length}`,
      html`${computes.length}${more.length > 0 ? html` <span class="muted small">${more.join(", ")}</span>` : undefined}`,
    ]);
  }
  return rows;
}
