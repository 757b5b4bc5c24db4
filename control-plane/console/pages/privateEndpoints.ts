import type { z } from "zod";
import { html, type Content, type Markup } from "@palisade/neon/contract/page/markup";
import type { Project } from "@palisade/neon/contract/wire/project";
import { VpcEndpointDetails } from "@palisade/neon/contract/wire/vpcEndpoint";
import type { ApiReader } from "../apiReader.js";
import type { SeenProject } from "../projectReader.js";
import { buildProjectPath, cutPage, renderChip, renderName, renderTable } from "./table.js";

const DETAILS = "/organizations/:org_id/vpc/region/:region_id/vpc_endpoints/:vpc_endpoint_id";

/** Those of the organisation in the project's region, and which of them the project admits. */
export async function renderPrivateEndpoints(
  reader: ApiReader,
  { id, org_id: orgId, region_id: regionId, settings }: Project,
  { assigned, restrictions }: SeenProject,
  query: URLSearchParams,
): Promise<Markup> {
  const restricted = new Set(restrictions.map(({ vpc_endpoint_id }) => vpc_endpoint_id));
  const all = [
    ...(assigned ?? []),
    ...restrictions.filter((one) => !assigned?.some((other) => other.vpc_endpoint_id === one.vpc_endpoint_id)),
  ];
  const { rows, pager } = cutPage(all, query, { parameter: "endpoints", label: "private endpoints", path: buildProjectPath(id) });
  const isBlocked = settings?.block_vpc_connections ?? false;
  const cells: Content[][] = [];
  for (const { vpc_endpoint_id: endpointId, label } of rows) {
    const params = { org_id: orgId, region_id: regionId, vpc_endpoint_id: endpointId };
    const details = assigned && (await reader.readIfAllowed(VpcEndpointDetails, DETAILS, params));
    const isAdmitted =
      !isBlocked && (restricted.size === 0 || restricted.has(endpointId)) && (details === undefined || details.state === "accepted");
    cells.push([
      html`<code>${renderName(endpointId)}</code>`,
      renderName(label),
      details ? renderState(details) : html`<span class="muted">not shown to this key</span>`,
      isAdmitted ? "yes" : html`<span class="muted">no</span>`,
    ]);
  }
  return renderTable({
    id: "endpoints",
    title: "Private endpoints",
    intro: all.length === 0 ? undefined : html`<p class="muted">${formatRule(isBlocked, restricted.size > 0)}</p>`,
    columns: ["Endpoint", "Label", "State", "Admitted"],
    rows: cells,
    empty: assigned === undefined ? "This key does not see those of the organisation." : `The organisation has none in ${regionId}.`,
    pager,
  });
}

function formatRule(isBlocked: boolean, isRestricted: boolean): string {
  if (isBlocked) return "The project blocks private endpoints: nobody comes in by one.";
  return isRestricted
    ? "The project admits those it is restricted to, and no others."
    : "The project is not restricted: it admits each that is accepted.";
}

function renderState({ state, reason }: z.infer<typeof VpcEndpointDetails>): Content {
  if (state === "accepted") return renderChip("holds", state);
  return html`${renderChip(state === "new" ? "plain" : "medium", state)}${reason === undefined ? undefined : html` ${renderName(reason)}`}`;
}
