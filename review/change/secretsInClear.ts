import { hasPasswordUri } from "../../contract/redact.js";
import { isProperties, isSecret, isUnreadable } from "../../provider/introspection.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, ResourceChange } from "./change.js";
import { toResourceRef } from "./resourceRef.js";
import type { RecordedState } from "./state.js";

/**
 * Secrets of ours that a change hands on in clear: in the stack's outputs, which whoever may read the stack reads, or in the inputs of any
 * resource. Known by their form (keys, generated passwords, connection strings), also when they are encoded, and by what was secret before.
 * What is made together with its secret is unknown in a preview, and is not seen here: see `listClearSecrets`. Pure.
 */
export function judgeSecretsInClear({ resources }: Change): ChangeFinding[] {
  const holds = memoise(hasSecret);
  return resources.flatMap((resource) => [...judgeResource(resource, holds)]);
}

/** The same test; ids and names stand in many resources. */
function memoise(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const found = known.get(text) ?? test(text);
    known.set(text, found);
    return found;
  };
}

const STACK = "pulumi:pulumi:Stack";

function* judgeResource(resource: ResourceChange, holds: (text: string) => boolean): Generator<ChangeFinding> {
  const { type, before, after, urn } = resource;
  if (after === undefined) return;
  const isStack = type === STACK;
  const [was, is] = isStack ? [before?.outputs, after.outputs] : [before?.inputs, after.inputs];
  for (const { path, text, before: old } of collectLeaves(is, was)) {
    const revealed = isStack && isSecret(old) && !isUnreadable(text);
    if (!revealed && !(typeof text === "string" && holds(text))) continue;
    // Inputs that stop being secret are found with the options of their resource.
    if (!isStack && isSecret(old)) continue;
    const already = text === old;
    yield {
      urn,
      resource: toResourceRef(resource),
      rule: "secret-in-clear",
      property: path,
      ...(already
        ? ({ severity: "medium", direction: "neutral", before: "in clear", after: "in clear" } as const)
        : ({ severity: "high", direction: "opens", before: isSecret(old) ? "secret" : "not set", after: "in clear" } as const)),
      says: `${isStack ? `The stack's output ${path}` : path} ${already ? "holds" : "would hold"} a secret in clear, for everybody who may read the stack.`,
      remedy: "Pass the value on as a secret, without unsecret, and rotate the one that was exposed.",
    };
  }
}

interface Leaf {
  readonly path: string;
  readonly text: unknown;
  readonly before: unknown;
}

/** Everything in a value that is neither a secret nor made of parts. Into one list: it is asked of every resource. */
function collectLeaves(value: unknown, before: unknown, path = "", leaves: Leaf[] = []): Leaf[] {
  if (isSecret(value)) return leaves;
  if (typeof value !== "object" || value === null) {
    if (value !== undefined) leaves.push({ path, text: value, before });
    return leaves;
  }
  for (const [name, inner] of Object.entries(value)) {
    // The text of a provider is code; who may put it there is judged by itself.
    if (path === "" && name === "__provider") continue;
    const old = isSecret(before)
      ? before
      : isProperties(before) || Array.isArray(before)
        ? (before as Record<string, unknown>)[name]
        : undefined;
    collectLeaves(inner, old, path === "" ? name : `${path}.${name}`, leaves);
  }
  return leaves;
}

/** Whether a text holds a secret of ours, also in an encoding that anybody undoes. */
export function hasSecret(text: string): boolean {
  if (text.length < SHORTEST) return false;
  if (isOurs(text) || BACKWARDS.test(text)) return true;
  for (const one of listDecodings(text)) if (isOurs(one)) return true;
  return false;
}

/** API keys, passwords that Neon makes, connection strings with a password. */
const isOurs = (text: string): boolean => OURS.test(text) || hasPasswordUri(text);

const SHORTEST = 12;
const BACKWARDS = /(?<=\w{8})_ipan|(?<=[A-Za-z0-9]{8})_gpn/;
const OURS = /napi_\w{8}|npg_[A-Za-z0-9]{8}/;

const BASE64 = /[A-Za-z0-9+/_-]{16,}/g;
const HEX = /(?:[0-9a-f]{2}){16,}/gi;

function* listDecodings(text: string): Generator<string> {
  if (text.includes("%")) yield text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  for (const [word] of text.matchAll(BASE64)) yield Buffer.from(word, "base64").toString("latin1");
  for (const [word] of text.matchAll(HEX)) yield Buffer.from(word, "hex").toString("latin1");
}

/** Where a recorded state holds secrets of ours in clear: `name.property` of each. */
export const listClearSecrets = ({ resources }: RecordedState): string[] =>
  resources.flatMap(({ urn, type, inputs, outputs }) =>
    collectLeaves(type === STACK ? outputs : inputs, undefined)
      .filter(({ text }) => typeof text === "string" && hasSecret(text))
      .map(({ path }) => `${type === STACK ? "output " : `${urn.slice(urn.lastIndexOf("::") + 2)}.`}${path}`),
  );
