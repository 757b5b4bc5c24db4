import type { Severity } from "../../contract/findings.js";
import type { Iso27001, Privacy, Soc2 } from "../../contract/frameworks.js";
import type { ResourceRef } from "../finding.js";
import type { PostureFacts } from "./facts.js";

/** Where several rules lie behind one control, as of drift: the one that found it. */
export interface SubRule {
  readonly rule: string;
  readonly says: string;
  readonly severity: Severity;
}

/** What one object showed. `what`: a few words about the object. `sinceMs`: when somebody else saw it first, in milliseconds since 1970. */
export type Outcome =
  | { readonly resource: ResourceRef; readonly state: "holds" }
  | {
      readonly resource: ResourceRef;
      readonly state: "fails";
      readonly what: string;
      readonly of?: SubRule;
      readonly sinceMs?: number | undefined;
    }
  /** It is broken as well, by what one of these rules tells of the same project: told once, and not green. */
  | { readonly resource: ResourceRef; readonly state: "toldBy"; readonly rules: readonly string[]; readonly what: string }
  | { readonly resource: ResourceRef; readonly state: "notKnown"; readonly reason: string };

/** The lists of the API that a control is judged by, or files of somebody else's: its evidence. */
export type Question =
  | "organization"
  | "projects"
  | "branches"
  | "computes"
  | "vpcEndpoints"
  | "keys"
  | "people"
  | "jwks"
  | "backups"
  | "customerKeys"
  | "audit"
  | "resources"
  | "exportedFindings";

/** What must be so of the live objects, whoever made them. The page, its JSON and docs/compliance.md are derived from these. */
export interface PostureControl {
  /** What an exception names, and a rule of `palisade scan` where that judges the same. */
  readonly id: string;
  /** One sentence. */
  readonly requires: string;
  /** One sentence: what is so where it fails. */
  readonly says: string;
  readonly why: string;
  readonly remedy: string;
  readonly severity: Severity;
  readonly soc2: readonly Soc2[];
  readonly iso27001: readonly Iso27001[];
  /** Absent where it does nothing for personal data that a clause speaks of. */
  readonly privacy?: Privacy;
  /** Rows of `PROMISES` that it is part of. */
  readonly promises: readonly number[];
  /** Controls of the policy pack that ask the same of a program. */
  readonly policies: readonly string[];
  readonly asks: readonly Question[];
  /** Only the embedded plane has it: at Neon it is never asked for and never scored. */
  readonly extension?: true;
  /** It compares with a stack: where none is named nothing is asked for. */
  readonly needsStack?: true;
  /** It judges what files tell: where none is named it is not known, which fails nothing. */
  readonly needsFindings?: true;
  /** One outcome for each object that was looked at; none where there is nothing to judge. Pure. */
  readonly check: (facts: PostureFacts) => Iterable<Outcome>;
}
