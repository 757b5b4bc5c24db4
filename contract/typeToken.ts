/** How Pulumi names the types of resources: `pulumi-nodejs:dynamic/palisade:Branch`. */

/** Every type of a dynamic resource of Node.js begins so, whoever made it. */
const DYNAMIC = "pulumi-nodejs:dynamic";
const PREFIX = `${DYNAMIC}/palisade:`;
/** A packaged provider of the same classes would name them in the second way. */
const OURS = /^(?:pulumi-nodejs:dynamic\/palisade|palisade:index):(\w+)$/;

export const buildTypeToken = (kind: string): string => `${PREFIX}${kind}`;

/** The class of a type token of ours, known to this version or not; undefined for what is not ours. */
export const parseClassName = (type: string): string | undefined => OURS.exec(type)?.[1];

/** Whether the code of the resource is stored with it. */
export const isDynamic = (type: string): boolean => type.startsWith(DYNAMIC);
