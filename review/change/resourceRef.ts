import type { ResourceRef } from "../finding.js";
import type { ResourceChange } from "./change.js";

/** How findings name a resource. */
export const toResourceRef = ({ type, name, urn, before, after }: ResourceChange): ResourceRef => ({
  kind: formatKind(type),
  id: after?.id ?? before?.id ?? urn,
  name,
});

const formatKind = (type: string): string => {
  const last = type.slice(type.lastIndexOf(":") + 1);
  return last.charAt(0).toLowerCase() + last.slice(1);
};
