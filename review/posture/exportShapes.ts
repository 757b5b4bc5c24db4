import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import type { Severity } from "../../contract/findings.js";
import { listMissingTags, TAG_KEYS } from "../../contract/tags.js";

/** What a cloud's own scanners say of one weakness of one object, in the form of none of them. */
export interface ExportedFinding {
  /** An ARN, an id of ASFF, or an ARM id: the same in every file that tells of it. */
  readonly id: string;
  readonly title: string;
  /** Undefined where the file has none that we know. */
  readonly severity: Severity | undefined;
  /** The scanner's own word for the severity. */
  readonly severityWord: string;
  /** False only where the scanner says that it is put right, or that there is nothing to put right. */
  readonly isOpen: boolean;
  /** Milliseconds since 1970: when the scanner saw it first; undefined where the file does not say. */
  readonly firstSeenMs: number | undefined;
  readonly resources: readonly ExportedResource[];
}

export interface ExportedResource {
  readonly id: string;
  /** Whether it bears the three tags of our baselines; undefined where the file has no tags of it. */
  readonly isTagged: boolean | undefined;
}

/** What one file holds: findings, or objects of Azure with their tags. */
export interface Export {
  readonly source: "Amazon Inspector" | "AWS Security Hub" | "Microsoft Defender for Cloud";
  readonly findings: readonly ExportedFinding[];
  /** Objects of Azure, whose findings come without tags. */
  readonly resources: readonly ExportedResource[];
}

/** Findings of all files together, and objects in one: more than an organisation that is looked after has. */
export const MOST_FINDINGS = 20_000;
const MOST_ITEMS = 200_000;

const Id = z.string().min(1).max(2_048);
const Title = z.string().max(1_024);
const Word = z.string().max(64);
const Time = z.iso.datetime({ offset: true });
const Tag = z.string().max(256).optional();
const Tags = z.object({ [TAG_KEYS.dataClass]: Tag, [TAG_KEYS.owner]: Tag, [TAG_KEYS.retention]: Tag });

/** `Finding` of the API reference of Inspector 2, as `aws inspector2 list-findings` of version 2 of the AWS CLI prints it. */
const InspectorFinding = z.object({
  findingArn: Id,
  title: Title.optional(),
  severity: Word,
  status: Word,
  firstObservedAt: Time,
  resources: z
    .array(z.object({ id: Id, tags: Tags.optional() }))
    .min(1)
    .max(32),
});

/** The AWS Security Finding Format, schema 2018-10-08 (Security Hub's user guide), as `aws securityhub get-findings` prints it. */
const AsffFinding = z.object({
  Id,
  Title,
  Severity: z.object({ Label: Word.optional() }),
  Compliance: z.object({ Status: Word.optional() }).optional(),
  Workflow: z.object({ Status: Word.optional() }).optional(),
  RecordState: Word.optional(),
  FirstObservedAt: Time.optional(),
  CreatedAt: Time,
  Resources: z
    .array(z.object({ Id, Tags: Tags.optional() }))
    .min(1)
    .max(32),
});

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Microsoft.Security/assessments (2021-06-01) and their subAssessments (2019-01-01-preview), as the REST API and the Resource Graph have them,
 * and without `properties` as `az security assessment list` prints them; any other type is an object of `az resource list`.
 */
const AzureItem = z.object({ id: Id, type: z.string().max(256), tags: Tags.nullish() });
const Assessment = z.preprocess(
  (item) => (isRecord(item) && isRecord(item.properties) ? item.properties : item),
  z.object({
    displayName: Title,
    status: z.object({ code: Word, cause: Word.nullish(), severity: Word.nullish(), statusChangeDate: Time.nullish() }),
    metadata: z.object({ severity: Word.nullish() }).nullish(),
    timeGenerated: Time.nullish(),
  }),
);

/** @param file for the message @throws PAL_BAD_FINDINGS, which names the field */
export function parseExport(file: string, text: string): Export {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_BAD_FINDINGS", `${file} is not JSON`);
  }
  const page = isRecord(value) ? value : {};
  const more = ["nextToken", "NextToken", "nextLink", "skip_token"].find((name) => typeof page[name] === "string" && page[name] !== "");
  if (more !== undefined) throw new PalisadeError("PAL_BAD_FINDINGS", `${file}: ${more}: it is one page, and others follow`);
  if (Array.isArray(page.findings))
    return {
      source: "Amazon Inspector",
      findings: parseItems(file, "findings", page.findings, InspectorFinding).map(fromInspector),
      resources: [],
    };
  if (Array.isArray(page.Findings))
    return { source: "AWS Security Hub", findings: parseItems(file, "Findings", page.Findings, AsffFinding).map(fromAsff), resources: [] };
  for (const [name, items] of [
    ["", value],
    ["value", page.value],
    ["data", page.data],
  ] as const)
    if (Array.isArray(items)) return parseAzure(file, name, items);
  throw new PalisadeError("PAL_BAD_FINDINGS", `${file}: neither findings, Findings, value or data nor a list is in it`);
}

function parseItems<T>(file: string, name: string, items: readonly unknown[], shape: z.ZodType<T>): T[] {
  if (items.length > MOST_ITEMS) throw new PalisadeError("PAL_BAD_FINDINGS", `${file}: ${name}: more than ${MOST_ITEMS} entries`);
  return items.map((item, index) => parseItem(file, [name, index], item, shape));
}

function parseItem<T>(file: string, place: readonly (string | number)[], item: unknown, shape: z.ZodType<T>): T {
  const read = shape.safeParse(item);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [...place, ...(issue?.path ?? [])].filter((part) => part !== "").join(".");
  throw new PalisadeError("PAL_BAD_FINDINGS", `${file}: ${path}: ${issue?.message ?? "it cannot be read"}`);
}

/** A map, because an object has keys that nobody wrote. */
const SEVERITY_OF: ReadonlyMap<string, Severity> = new Map([
  ["critical", "high"],
  ["high", "high"],
  ["medium", "medium"],
  ["low", "low"],
]);

const toSeverity = (word = "none"): Pick<ExportedFinding, "severity" | "severityWord"> => ({
  severity: SEVERITY_OF.get(word.toLowerCase()),
  severityWord: word.toLowerCase(),
});

const toResource = (id: string, tags: z.output<typeof Tags> | undefined): ExportedResource => ({
  id,
  isTagged: tags && listMissingTags(tags).length === 0,
});

/** Both services use it for what is no weakness. */
const INFORMATIONAL = "INFORMATIONAL";

/** What is suppressed stays open: it has no end there, and an exception of ours has one. */
const fromInspector = (one: z.output<typeof InspectorFinding>): ExportedFinding => ({
  ...{ id: one.findingArn, title: one.title ?? one.findingArn, ...toSeverity(one.severity) },
  isOpen: one.status !== "CLOSED" && one.severity !== INFORMATIONAL,
  firstSeenMs: Date.parse(one.firstObservedAt),
  resources: one.resources.map(({ id, tags }) => toResource(id, tags)),
});

const fromAsff = ({ Id: id, Title: title, Severity: { Label }, ...one }: z.output<typeof AsffFinding>): ExportedFinding => ({
  ...{ id, title, ...toSeverity(Label) },
  isOpen:
    one.RecordState !== "ARCHIVED" && one.Workflow?.Status !== "RESOLVED" && one.Compliance?.Status !== "PASSED" && Label !== INFORMATIONAL,
  firstSeenMs: Date.parse(one.FirstObservedAt ?? one.CreatedAt),
  resources: one.Resources.map((resource) => toResource(resource.Id, resource.Tags)),
});

function parseAzure(file: string, name: string, items: readonly unknown[]): Export {
  const findings: ExportedFinding[] = [];
  const resources: ExportedResource[] = [];
  parseItems(file, name, items, AzureItem).forEach(({ id, type, tags }, at) => {
    if (type.toLowerCase().startsWith(ASSESSMENTS)) findings.push(fromAssessment(id, parseItem(file, [name, at], items[at], Assessment)));
    else resources.push(toResource(id.toLowerCase(), tags ?? {}));
  });
  return { source: "Microsoft Defender for Cloud", findings, resources };
}

const ASSESSMENTS = "microsoft.security/assessments";

/** Its id begins with that of its object; ARM's ids are the same in any case of their letters. */
function fromAssessment(id: string, { displayName, status, metadata, timeGenerated }: z.output<typeof Assessment>): ExportedFinding {
  const [objectId = id] = id.toLowerCase().split(`/providers/${ASSESSMENTS}/`);
  const firstSeen = status.statusChangeDate ?? timeGenerated;
  return {
    ...{ id: id.toLowerCase(), title: displayName, ...toSeverity(status.severity ?? metadata?.severity ?? undefined) },
    isOpen: status.code !== "Healthy" && (status.code !== "NotApplicable" || status.cause === "Exempt"),
    firstSeenMs: firstSeen == null ? undefined : Date.parse(firstSeen),
    resources: [{ id: objectId, isTagged: undefined }],
  };
}
