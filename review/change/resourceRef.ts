import type { ResourceRef } from "../finding.js";
import type { ResourceChange } from "./model.js";

/** How findings name a resource. */
export const refOf = ({ type, name, urn, before, after }: ResourceChange): ResourceRef => ({
  kind: kindWord(type),
  id: after?.id ?? before?.id ?? urn,
  name,
});

const kindWord = (type: string): string => {
  const last = type.slice(type.lastIndexOf(":") + 1);
  return last.charAt(0).toLowerCase() + last.slice(1);
};
