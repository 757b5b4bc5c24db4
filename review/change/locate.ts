import type { ChangeFinding } from "./finding.js";
import { classOf, nameOf, type ResourceChange } from "./model.js";

/** A file of the program. */
export interface SourceFile {
  /** As it is shown: relative to the program's folder, or to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Points each finding at the line of the program that makes it: the constructor's, or the input's inside it. */
export function locateIn(sources: readonly SourceFile[], resources: readonly ResourceChange[]): (finding: ChangeFinding) => ChangeFinding {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  return (finding) => {
    const location = locationOf(finding, sources, byUrn.get(finding.urn));
    return location === undefined ? finding : { ...finding, location };
  };
}

function locationOf(finding: ChangeFinding, sources: readonly SourceFile[], resource: ResourceChange | undefined): string | undefined {
  const kind = resource && classOf(resource.type);
  if (kind === undefined) return undefined;
  for (const source of sources) {
    const call = callOf(source.text, kind, nameOf(finding.urn));
    if (call) return `${source.path}:${lineOf(source.text, inside(source.text, call, finding))}`;
  }
  // Names that are made in a loop are not in the text; the recorded program tells the line, as far as it has not moved.
  const place = (resource?.after ?? resource?.before)?.declaredAt ?? resource?.before?.declaredAt;
  const file = place?.slice(0, place.lastIndexOf(":"));
  return sources.some(({ path }) => path === file) ? place : undefined;
}

interface Span {
  from: number;
  to: number;
}

/** `new neon.Branch("main", ...)`, the whole of it. */
function callOf(text: string, kind: string, name: string): Span | undefined {
  const classes = kind === "Branch" ? "(?:Branch|ProtectedBranch)" : kind;
  const found = new RegExp(`\\bnew\\s+(?:[\\w$]+\\s*\\.\\s*)*${classes}\\s*\\(\\s*(["'\`])${escaped(name)}\\1`).exec(text);
  return found ? { from: found.index, to: endOfCall(text, text.indexOf("(", found.index)) } : undefined;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Behind the parenthesis that closes the one at `open`; strings and comments are passed over. */
function endOfCall(text: string, open: number): number {
  let depth = 0;
  const tokens = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[^]*?\*\/|[()[\]{}]/g;
  tokens.lastIndex = open;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if ("([{".includes(token[0])) depth += 1;
    else if (")]}".includes(token[0])) depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  return text.length;
}

/** The address that comes in, where the program writes it; else the input; else the constructor. */
function inside(text: string, { from, to }: Span, { property, addresses }: ChangeFinding): number {
  const call = text.slice(from, to);
  for (const range of addresses?.opened.slice(0, 5) ?? []) {
    const at = call.search(new RegExp(`["'\`]${escaped(range)}["'\`]`));
    if (at >= 0) return from + at;
  }
  let at = 0;
  for (const name of property?.split(".") ?? []) {
    const next = call.slice(at).search(new RegExp(`["'\`]?\\b${escaped(name)}\\b["'\`]?\\s*[:,}]`));
    if (next < 0) break;
    at += next;
  }
  return from + at;
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;
