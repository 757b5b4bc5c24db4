import { omitUndefined } from "../../contract/values.js";
import type { Branch } from "../../contract/wire/branch.js";
import {
  fromAnnotation,
  findProjectAnnotation,
  fromSettings,
  projectInputs as inputs,
  projectRules as rules,
  fromProjectWire as fromWire,
} from "../../provider/introspection.js";
import { toSafeJson } from "../terminalText.js";
import type { ScanReport } from "./scan.js";
import type { ProjectView } from "./view.js";

/** What the program does not take over, and why. */
export interface SkippedObject {
  name: string;
  why: string;
}

/**
 * A Pulumi program that takes over every project and protected branch as it is, allowlists included: its `up` records them and changes
 * nothing. What Pulumi would refuse or another stack owns is left alone, and said in its place.
 */
export function toProgram({ organization, projects }: ScanReport): { text: string; left: SkippedObject[] } {
  const rows = projects.map(buildRow);
  const text = [
    `// Takes over what ${toSafeJson(organization.id)} has, as it is: \`pulumi up\` records it and changes nothing.`,
    "// Made by `palisade scan --code`. After the first `up` the two `adopt` may go; until then everything is protected from destroy.",
    'import * as neon from "@palisade/neon";',
    "",
    "interface Row {",
    "  id: string;",
    "  project: neon.ProjectArgs;",
    '  protectedBranches: { id: string; branch: Omit<neon.ProtectedBranchArgs, "projectId"> }[];',
    "}",
    "",
    "const rows: readonly Row[] = [",
    ...rows.flatMap(({ row, left }) => [
      ...left.map(({ name, why }) => `  // Left alone: ${toSafeJson(name)}: ${toSafeJson(why).slice(1, -1)}`),
      ...(row ? [`  ${formatLiteral(row, "  ")},`] : []),
    ]),
    "];",
    "",
    "for (const { id, project: args, protectedBranches } of rows) {",
    "  const project = new neon.Project(id, { ...args, adopt: id });",
    "  for (const { id: branchId, branch } of protectedBranches)",
    "    new neon.ProtectedBranch(branchId, { ...branch, projectId: project.projectId, adopt: `${id}/${branchId}` });",
    "}",
    "",
  ].join("\n");
  return { text, left: rows.flatMap(({ left }) => left) };
}

function buildRow(view: ProjectView): { row?: object; left: SkippedObject[] } {
  const { project, branches = [], annotations } = view;
  const nothing = (why: string) => ({ left: [{ name: project.name, why }] });
  const main = branches.find((branch) => branch.default);
  if (!main) return nothing("its branches could not be read");
  const owner = fromAnnotation(findProjectAnnotation(main.id, annotations));
  if (owner) return nothing(`managed by ${owner.managedBy}`);
  const live = fromWire(project, { branch: main, compute: undefined, connection: {}, annotation: undefined }, {}).inputs;
  const { name, regionId, pgVersion, historyRetentionSeconds, auditLogLevel, storePasswords, logicalReplication, hipaa } = live;
  const optional = omitUndefined({ pgVersion, historyRetentionSeconds, auditLogLevel, storePasswords });
  const oneWay = { ...(logicalReplication && { logicalReplication }), ...(hipaa && { hipaa }) };
  const refused = [findRefusal("name", name), findRefusal("regionId", regionId)].find(Boolean);
  if (refused !== undefined) return nothing(refused);
  const network = toProgramNetwork(fromSettings(project.settings, undefined));
  const others = branches.filter((branch) => branch.protected && !branch.default);
  const owned = others.filter((branch) => fromAnnotation(annotations[branch.id]));
  return {
    row: {
      id: project.id,
      project: {
        name,
        regionId,
        network: network.value,
        ...Object.fromEntries(Object.entries({ ...optional, ...oneWay }).filter(([field, value]) => !findRefusal(field, value))),
        defaultBranch: { name: main.name, protected: main.protected },
      },
      protectedBranches: others.filter((branch) => !owned.includes(branch)).map(buildBranchRow),
    },
    left: [
      ...(network.why === undefined ? [] : [{ name: `${project.name}, its network`, why: network.why }]),
      ...owned.map((branch) => ({
        name: `${project.name}/${branch.name}`,
        why: `managed by ${fromAnnotation(annotations[branch.id])?.managedBy ?? ""}`,
      })),
    ],
  };
}

const buildBranchRow = ({ id, name, parent_id: parentBranchId, init_source }: Branch) => ({
  id,
  branch: omitUndefined({ name, parentBranchId, initSource: init_source === "schema-only" ? "schema-only" : undefined }),
});

/** A live list that no program can declare, such as one with an unreadable entry, becomes managedSeparately. */
function toProgramNetwork(network: object): { value: object; why?: string } {
  const against = findRefusal("network", network) ?? rules.find((rule) => !rule.holds({ network }, {}))?.message;
  return against === undefined ? { value: network } : { value: { allow: "managedSeparately" }, why: against };
}

/** Why the resource would refuse the live value of a field. */
function findRefusal(field: string, value: unknown): string | undefined {
  const { error } = inputs.shape[field as keyof typeof inputs.shape].safeParse(value);
  const [issue] = error?.issues ?? [];
  return issue && getSentence(issue);
}

interface Issue {
  message: string;
  errors?: readonly (readonly Issue[])[];
}

/** Of a union it is the first alternative that says why. */
const getSentence = ({ message, errors }: Issue): string => {
  const [inner] = errors?.[0] ?? [];
  return inner ? getSentence(inner) : message;
};

const WIDTH = 120;

/** As a formatter would print it: on one line where it fits. */
function formatLiteral(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return toSafeJson(value);
  const flat = formatFlatLiteral(value);
  if (flat.length + indent.length <= WIDTH) return flat;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${formatParts(value, (part) => formatLiteral(part, inner))
    .map((part) => `${inner}${part},\n`)
    .join("")}${indent}${close}`;
}

function formatFlatLiteral(value: unknown): string {
  if (typeof value !== "object" || value === null) return toSafeJson(value);
  const parts = formatParts(value, formatFlatLiteral).join(", ");
  return Array.isArray(value) ? `[${parts}]` : `{ ${parts} }`;
}

const formatParts = (value: object, print: (part: unknown) => string): string[] =>
  Array.isArray(value) ? value.map(print) : Object.entries(value).map(([key, part]) => `${key}: ${print(part)}`);
