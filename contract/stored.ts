/** The text that Pulumi stores with every resource of a kind, and runs at its next read or delete. At most 80 bytes, the same in every release. */
export const buildStoredProvider = (kind: string): string => `exports.handler=()=>require("@palisade/neon/provider").${kind}`;
