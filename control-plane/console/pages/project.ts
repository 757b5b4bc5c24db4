import { html, type Content, type Markup } from "@palisade/neon/contract/page/markup";
import { AddressSet, parseLiveRange } from "@palisade/neon/contract/ranges";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import { ProjectResponse, type Project } from "@palisade/neon/contract/wire/project";
import { RolesResponse } from "@palisade/neon/contract/wire/role";
import type { ApiReader } from "../apiReader.js";
import { ProjectReader, type SeenProject } from "../projectReader.js";
import { wordReach } from "../reach.js";
import { createNotFound } from "../failure.js";
import { renderPrivateEndpoints } from "./privateEndpoints.js";
import type { Page } from "./frame.js";
import { renderReach } from "./reachCell.js";
import {
  buildHref,
  buildProjectPath,
  cutPage,
  formatCount,
  formatSecond,
  renderChip,
  renderName,
  renderTable,
  renderWhole,
} from "./table.js";

/** One project: who reaches it, and what of its lists and switches says so. */
export async function renderProject(reader: ApiReader, projectId: string, query: URLSearchParams): Promise<Page> {
  const { project } = await reader.read(ProjectResponse, "/projects/:project_id", { project_id: projectId });
  const seen = await new ProjectReader(reader).read(project);
  if (seen === undefined) throw createNotFound();
  const branches = [...seen.branches].sort((a, b) => Number(b.default) - Number(a.default));
  const content = html`<h1>${renderName(project.name)}</h1>
    <p class="muted"><code>${project.id}</code>, ${project.region_id}, Postgres ${project.pg_version}</p>
    ${renderSummary(project, seen)}${renderBranches(project, seen, branches, query)}${await renderRoles(reader, project, branches, query)}${renderAllowlist(project, query)}${await renderPrivateEndpoints(reader, project, seen, query)}`;
  return { title: project.name, content };
}

function renderSummary({ settings }: Project, { branches, computes, network }: SeenProject): Markup {
  const reach = wordReach(network, branches, computes);
  const switches: [string, boolean][] = [
    ["Public connections", settings?.block_public_connections ?? false],
    ["Private endpoints", settings?.block_vpc_connections ?? false],
  ];
  return html`<section id="summary" aria-labelledby="summary-title">
    <h2 id="summary-title">Who can connect</h2>
    <p class="note">${renderReach(reach)}</p>
    <p class="muted">
      Who may try to log in to any of its ${formatCount(branches.length, "branch", "branches")}.
      ${switches.map(([what, isBlocked]) => html`${what}: ${isBlocked ? "blocked" : "not blocked"}. `)}
    </p>
  </section>`;
}

function renderBranches(project: Project, { network, computes }: SeenProject, branches: readonly Branch[], query: URLSearchParams): Markup {
  const path = buildProjectPath(project.id);
  const { rows, pager } = cutPage(branches, query, { parameter: "branches", label: "branches", path });
  return renderTable({
    id: "branches",
    title: "Branches",
    columns: ["Branch", "Who can connect", "Computes", "Parent", "Expires"],
    rows: rows.map((branch) => {
      const own = computes.filter(({ branch_id }) => branch_id === branch.id);
      const parent = branches.find(({ id }) => id === branch.parent_id);
      const chips = [
        ...(branch.default ? [renderChip("plain", "default")] : []),
        ...(branch.protected ? [renderChip("holds", "protected")] : []),
      ];
      return [
        html`<a href="${buildHref(path, { branch: branch.id })}">${renderName(branch.name)}</a>
          ${chips.map((chip) => html`${chip} `)}<br /><span class="muted small">${branch.id}, ${branch.current_state}</span>`,
        renderReach(wordReach(network, [branch], own)),
        own.length === 0
          ? html`<span class="muted">none</span>`
          : own.map(
              (compute) =>
                html`${compute.type}
                  <span class="muted small">${renderWhole(compute.id)}, ${compute.disabled ? "disabled" : compute.current_state}</span
                  ><br />`,
            ),
        parent === undefined ? html`<span class="muted">${branch.parent_id ?? "none"}</span>` : renderName(parent.name),
        branch.expires_at === undefined ? html`<span class="muted">never</span>` : formatSecond(branch.expires_at),
      ];
    }),
    empty: "None.",
    pager,
  });
}

/** Of one branch: the one that the address names, else the default branch. */
async function renderRoles(
  reader: ApiReader,
  project: Project,
  branches: readonly Branch[],
  query: URLSearchParams,
): Promise<Markup | undefined> {
  const asked = query.get("branch");
  const branch = asked === null ? branches[0] : branches.find(({ id }) => id === asked);
  if (branch === undefined && asked !== null) throw createNotFound();
  if (branch === undefined) return undefined;
  const params = { project_id: project.id, branch_id: branch.id };
  const found = await reader.readIfAllowed(RolesResponse, "/projects/:project_id/branches/:branch_id/roles", params);
  // The branch has gone since it was listed.
  if (found === undefined) return undefined;
  const { rows, pager } = cutPage(found.roles, query, { parameter: "roles", label: "roles", path: buildProjectPath(project.id) });
  return renderTable({
    id: "roles",
    title: html`Roles of ${renderName(branch.name)}`,
    columns: ["Role", "Login", "Created"],
    rows: rows.map(({ name, authentication_method: method, created_at: at }) => [
      renderName(name),
      method === "no_login" ? html`<span class="muted">cannot log in</span>` : "by password",
      formatSecond(at),
    ]),
    empty: "None.",
    pager,
  });
}

function renderAllowlist({ id, settings }: Project, query: URLSearchParams): Markup {
  const { ips = [], protected_branches_only: isScoped = false } = settings?.allowed_ips ?? {};
  const { rows, pager } = cutPage(ips, query, { parameter: "entries", label: "the allowlist", path: buildProjectPath(id) });
  const scope = isScoped ? "Holds for protected branches alone: the others admit every address." : "Holds for every branch.";
  return renderTable({
    id: "allowlist",
    title: "Allowlist",
    intro: ips.length === 0 ? undefined : html`<p class="muted">${scope}</p>`,
    columns: ["Entry", "Admits"],
    rows: rows.map((entry) => [html`<code>${renderName(entry)}</code>`, describeEntry(entry)]),
    empty: "The list is empty, which admits every address.",
    pager,
  });
}

function describeEntry(entry: string): Content {
  const interval = parseLiveRange(entry);
  if (interval === undefined) return html`${renderChip("medium", "nobody")} cannot be read`;
  const { ipv4, ipv6 } = AddressSet.of([interval]).counts;
  if (ipv6 === 0n) return formatCount(ipv4, "address", "addresses");
  return ipv6 < MANY ? formatCount(ipv6, "address", "addresses") : `2^${ipv6.toString(2).length - 1} addresses`;
}

/** From here on a number of addresses says less than its power of two. */
const MANY = 1_000_000n;
