import { normalize } from "node:path";
import type { ChangeFinding } from "./finding.js";
import { type Change, getUrnName, getStackUrn } from "./change.js";
import type { UnjudgedPart } from "./effects.js";

/** A policy pack by its content: anybody can give another pack the same name. */
export interface RequiredPack {
  /** Human-readable label. */
  readonly name: string;
  /** SHA-256 of the pack's folder, in hex. */
  readonly digest: string;
}

/** A folder that this run gave to Pulumi as a policy pack. */
export interface GivenPack {
  /** As Pulumi was given it. */
  readonly directory: string;
  readonly digest: string;
}

export interface PackOptions {
  /** Policy packs that must have run. */
  readonly requiredPacks?: readonly RequiredPack[];
  /** undefined where the preview was made elsewhere: then names are known, and no content. */
  readonly givenPacks?: readonly GivenPack[] | undefined;
}

/** Required packs that did not look at the change. */
export function judgeRequiredPacks({ resources, preview }: Change, { requiredPacks = [], givenPacks }: PackOptions): ChangeFinding[] {
  if (givenPacks === undefined) return [];
  const urn = getStackUrn(resources);
  // The engine names a pack of a folder as `name|local|path`.
  const ran = new Set(Object.keys(preview.policyPacks).map((key) => key.split("|").slice(2).join("|")));
  const contents = new Set(givenPacks.filter(({ directory }) => ran.has(abbreviatePath(directory))).map(({ digest }) => digest));
  const given = givenPacks.map(({ directory, digest }) => `${directory} is sha256:${digest}`).join(", ") || "none was given";
  return requiredPacks
    .filter(({ digest }) => !contents.has(digest))
    .map(({ name, digest }): ChangeFinding => ({
      urn,
      resource: { kind: "policy", id: urn, name: getUrnName(urn) },
      rule: "policy-pack-missing",
      severity: "high",
      direction: "opens",
      before: `${name}@sha256:${digest}`,
      after: "did not run",
      says: `The policy pack ${name} did not look at this change with the content that is required (of the packs of this run, ${given}).`,
      remedy: `Run the preview with --policy-pack and the folder of ${name} whose content is required.`,
    }));
}

/** A stored stream tells the names of packs, which say nothing of their content. */
export const listUnjudgedPacks = ({ resources }: Change, { requiredPacks = [], givenPacks }: PackOptions): UnjudgedPart[] =>
  givenPacks === undefined
    ? requiredPacks.map(({ name }) => ({
        urn: getStackUrn(resources),
        why: `whether the policy pack ${name} ran with the required content is not to be told from stored events`,
      }))
    : [];

/** How the engine writes a folder into its events (`abbreviateFilePath` in engine/update.go). */
export function abbreviatePath(directory: string): string {
  const path = normalize(directory).replace(/(?<=.)\/$/, "");
  const folders = path.split("/");
  if (path.length <= LONGEST_PATH || folders.length <= 4) return path;
  return [...folders.slice(0, 2), "...", ...folders.slice(-2)].join("/");
}
const LONGEST_PATH = 75;
