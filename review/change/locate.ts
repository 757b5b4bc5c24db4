import { type CallSite, findCallSites, escapeRegExp, getLineNumber, type SourceFile } from "./callSites.js";
import type { ChangeFinding } from "./finding.js";
import { getUrnName, type ResourceChange } from "./change.js";
import { parseClassName } from "../../contract/typeToken.js";

export type { SourceFile } from "./callSites.js";

/** Points each finding at the line of the program that makes it: the constructor's, or the input's inside it. None is better than a wrong one. */
export function createLocator(
  sources: readonly SourceFile[],
  resources: readonly ResourceChange[],
): (finding: ChangeFinding) => ChangeFinding {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const namesakes = new Map<string, number>();
  for (const { type, name } of resources) namesakes.set(`${type} ${name}`, (namesakes.get(`${type} ${name}`) ?? 0) + 1);
  return (finding) => {
    const resource = byUrn.get(finding.urn);
    const isAlone = resource !== undefined && namesakes.get(`${resource.type} ${resource.name}`) === 1;
    const location = resource && findLocation(finding, sources, resource, isAlone);
    return location === undefined ? finding : { ...finding, location };
  };
}

/** @param isAlone whether no other resource of the stack has the class and the name, under another parent */
function findLocation(
  finding: ChangeFinding,
  sources: readonly SourceFile[],
  resource: ResourceChange,
  isAlone: boolean,
): string | undefined {
  const kind = parseClassName(resource.type);
  if (kind === undefined) return undefined;
  const sites = sources.flatMap((source) => findCallSites(source, kind, getUrnName(finding.urn)));
  const recorded = findRecordedPlace(resource, sources);
  const site = findCallSite(resource, sites, recorded, isAlone);
  if (site !== undefined) return `${site.file.path}:${getLineNumber(site.file.text, findOffset(site, finding))}`;
  // Names that are made in a loop are not in the text; the recorded program tells the line, as far as it has not moved.
  return recorded && (isAlone || recorded.constructs) ? `${recorded.file.path}:${recorded.line}` : undefined;
}

interface RecordedPlace {
  readonly file: SourceFile;
  readonly line: number;
  /** Whether the line still constructs something. */
  readonly constructs: boolean;
}

/** Where the program that was applied last declared it; neither the events nor the plan tell it of the program under review. */
function findRecordedPlace({ before, after }: ResourceChange, sources: readonly SourceFile[]): RecordedPlace | undefined {
  const place = before?.declaredAt ?? after?.declaredAt ?? "";
  const at = place.lastIndexOf(":");
  const [path, line] = [place.slice(0, at), Number(place.slice(at + 1))];
  const file = sources.find((one) => one.path === path);
  return file && { file, line, constructs: /\bnew\b/.test(file.text.split("\n")[line - 1] ?? "") };
}

/** The one place that makes the resource; undefined where that is not clear. */
function findCallSite(
  { urn }: ResourceChange,
  sites: readonly CallSite[],
  recorded: RecordedPlace | undefined,
  isAlone: boolean,
): CallSite | undefined {
  const parent = findParentType(urn);
  const fitting = sites.filter(({ component }) => component === parent);
  const beside = recorded && sites.filter(({ file }) => file === recorded.file);
  if (beside?.length === 0 && recorded?.constructs === true) return undefined;
  const exact = beside?.filter(({ file, from }) => getLineNumber(file.text, from) === recorded?.line) ?? [];
  for (const candidates of [
    intersect(exact, fitting),
    exact,
    intersect(beside ?? [], fitting),
    fitting,
    isAlone ? (beside ?? []) : [],
    isAlone ? sites : [],
  ])
    if (candidates.length > 0) return candidates.length === 1 ? candidates[0] : undefined;
  return undefined;
}

const intersect = (some: readonly CallSite[], others: readonly CallSite[]): CallSite[] => some.filter((one) => others.includes(one));

/** Type of the component that it stands under: `…::acme:index:Web$pulumi-nodejs:dynamic/palisade:Branch::main`. */
const findParentType = (urn: string): string | undefined => urn.split("::").at(-2)?.split("$").at(-2);

/** The address that comes in, where the program writes it; else the input; else the constructor. */
function findOffset({ file: { text }, from, to }: CallSite, { property, addresses }: ChangeFinding): number {
  const call = text.slice(from, to);
  for (const range of addresses?.opened.slice(0, 5) ?? []) {
    const at = call.search(new RegExp(`["'\`]${escapeRegExp(range)}["'\`]`));
    if (at >= 0) return from + at;
  }
  let at = 0;
  for (const name of property?.split(".") ?? []) {
    const next = call.slice(at).search(new RegExp(`["'\`]?\\b${escapeRegExp(name)}\\b["'\`]?\\s*[:,}]`));
    if (next < 0) break;
    at += next;
  }
  return from + at;
}
