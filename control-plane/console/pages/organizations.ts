import { html, type Markup, showName } from "@palisade/neon/contract/page/markup";
import type { Organization } from "@palisade/neon/contract/wire/account";
import { createNotFound } from "../failure.js";
import { buildHref } from "./table.js";

/** The one that the address names, else the first. Throws a failure for one that this key does not see. */
export function chooseOrganization(organizations: readonly Organization[], query: URLSearchParams): Organization | undefined {
  const asked = query.get("org");
  if (asked === null) return organizations[0];
  const found = organizations.find(({ id }) => id === asked);
  if (!found) throw createNotFound();
  return found;
}

/** Links to the others; nothing where there is but one. */
export function renderOrganizations(all: readonly Organization[], shown: Organization | undefined, path: string): Markup | undefined {
  if (all.length < 2) return undefined;
  return html`<nav class="pager" aria-label="Organisations">
    ${all.map(
      ({ id, name }) =>
        html`<a href="${buildHref(path, { org: id })}" ${id === shown?.id ? html`aria-current="true"` : undefined}>${showName(name)}</a>`,
    )}
  </nav>`;
}
