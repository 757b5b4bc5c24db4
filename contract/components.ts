/** Types of the components that are made of a cloud's own resources. */
const PREFIXES = ["palisade:aws:", "palisade:azure:"];

/** Whether a resource is a child of such a component, however far down, by the types that its URN lists. */
export const isOfComponent = (urn: string): boolean => {
  const types = urn.split("::")[2]?.split("$").slice(0, -1) ?? [];
  return types.some((type) => PREFIXES.some((prefix) => type.startsWith(prefix)));
};
