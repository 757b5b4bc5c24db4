import type { Markup } from "@palisade/neon/contract/page/markup";
import { type Organization, OrganizationsResponse } from "@palisade/neon/contract/wire/account";
import { AuditHead, type AuditRow } from "@palisade/neon/contract/wire/audit";
import type { ApiReader } from "../apiReader.js";
import { readTail } from "../auditTail.js";
import { createNotFound } from "../failure.js";
import { chooseOrganization, renderOrganizations } from "./organizations.js";
import { buildHref, PAGE_ROWS, readPlace, renderPager } from "./table.js";

interface StreamOptions {
  /** Of the page. */
  readonly path: string;
  /** What its rows are, for whoever hears the page. */
  readonly label: string;
  /** Rows of this type alone. */
  readonly type?: "connection";
}

/** One page of an organisation's chain of audit rows, the newest first, with the links that lead from it to others. */
interface StreamPage {
  readonly organization: Organization;
  readonly head: AuditHead;
  readonly rows: readonly AuditRow[];
  readonly organizations: Markup | undefined;
  readonly pager: Markup | undefined;
  /** Where a page without rows is: before a place, before rows that were not looked at, or in a chain that has none. */
  readonly emptiness: "none" | "noneBefore" | "noneAmongThese";
}

/** @param query `org`: id of the organisation; `before`: only rows before this place */
export async function readStreamPage(reader: ApiReader, query: URLSearchParams, { path, label, type }: StreamOptions): Promise<StreamPage> {
  const { organizations } = await reader.read(OrganizationsResponse, "/users/me/organizations");
  const organization = chooseOrganization(organizations, query);
  if (organization === undefined) throw createNotFound();
  const orgId = organization.id;
  const head = await reader.read(AuditHead, "/x-palisade/audit/head", {}, { org_id: orgId });
  const before = readPlace(query, "before");
  const { rows, older } = await readTail(reader, head, { orgId, type, before, limit: PAGE_ROWS });
  const link = (place: number | undefined) => buildHref(path, { org: orgId, before: place });
  const pager = renderPager(label, [
    ["Newest", before === undefined ? undefined : link(undefined)],
    ["Older", older === undefined ? undefined : link(older)],
  ]);
  const emptiness = older !== undefined ? "noneAmongThese" : before === undefined ? "none" : "noneBefore";
  return { organization, head, rows, organizations: renderOrganizations(organizations, organization, path), pager, emptiness };
}
