import type { Severity } from "../../contract/findings.js";
import type { toProjectJson } from "../scan/json.js";
import type { UnjudgedPart } from "../scan/inventory.js";
import type { ResourceRef } from "../finding.js";
import type { Evidence } from "./evidence.js";
import type { ExportedFile } from "./exportedFindings.js";

/** Of a control. `notAvailable`: an extension at Neon, which is never scored; `notApplicable`: there is nothing to judge. */
export const STATUSES = ["fails", "notKnown", "excepted", "holds", "notApplicable", "notAvailable"] as const;
export type Status = (typeof STATUSES)[number];

/** Controls by status, and findings. */
export type Totals = Readonly<Record<Status, number>> & { readonly findings: number; readonly overdue: number };

export interface TrendPoint extends Totals {
  /** RFC 3339. */
  readonly at: string;
}

export interface ExceptionEntry {
  readonly rule: string;
  readonly resource: string;
  readonly reason: string;
  /** A date or RFC 3339: from then on it excuses nothing. */
  readonly expires: string;
}

export interface PostureFinding {
  readonly control: string;
  /** The control's id, or what found the drift. */
  readonly rule: string;
  readonly severity: Severity;
  readonly resource: ResourceRef;
  /** One sentence: what is wrong. */
  readonly says: string;
  /** A few words about the object. */
  readonly what: string;
  readonly remedy: string;
  readonly firstSeenAt: string;
  readonly dueAt: string;
  readonly overdue: boolean;
  /** The exception that has ended; null where there was none. */
  readonly ended: ExceptionEntry | null;
}

export interface ControlResult {
  readonly id: string;
  readonly group: string;
  readonly requires: string;
  readonly why: string;
  readonly remedy: string;
  readonly severity: Severity;
  readonly promises: readonly number[];
  readonly clauses: {
    readonly soc2: readonly string[];
    readonly iso27001: readonly string[];
    readonly iso27701: readonly string[];
    readonly gdpr: readonly string[];
    readonly ccpa: readonly string[];
  };
  /** Why the clauses about personal data apply; null where none does. */
  readonly because: string | null;
  readonly policies: readonly string[];
  readonly extension: boolean;
  readonly needsStack: boolean;
  readonly needsFindings: boolean;
  readonly status: Status;
  /** How many objects were looked at and known. */
  readonly judged: number;
  /** Rules that tell of what makes this one fail, so that it is told once. */
  readonly toldBy: readonly string[];
  readonly notKnown: readonly { readonly resource: ResourceRef; readonly reason: string }[];
  /** Ids of `evidence`. */
  readonly evidence: readonly number[];
}

/** What a run of `palisade posture` says. Fields are only added within a version; docs/guides/posture.md describes it. */
export interface PostureReport {
  readonly kind: "palisade-posture";
  readonly version: 1;
  readonly at: string;
  readonly host: string;
  readonly neon: boolean;
  readonly organization: ResourceRef;
  /** `null`: no stack; every project. */
  readonly scope: { readonly stack: string | null; readonly projects: readonly string[] | null };
  readonly totals: Totals;
  readonly deadlineDays: Readonly<Record<Severity, number>>;
  readonly controls: readonly ControlResult[];
  /** The most severe first. */
  readonly findings: readonly PostureFinding[];
  readonly excepted: readonly (Omit<PostureFinding, "ended" | "firstSeenAt" | "dueAt" | "overdue"> & {
    readonly exception: ExceptionEntry;
  })[];
  readonly exceptions: readonly (ExceptionEntry & { readonly state: "stands" | "ended" | "unused" })[];
  readonly projects: readonly ReturnType<typeof toProjectJson>[];
  readonly unjudged: readonly UnjudgedPart[];
  readonly evidence: readonly Evidence[];
  /** Files of findings; none where none was named. */
  readonly exports: readonly ExportedFile[];
  readonly trend: readonly TrendPoint[];
  readonly keys: string;
  readonly notJudged: readonly string[];
}

/** One finding is the same as another when rule and object are. */
export const toFindingKey = ({ rule, resource }: { readonly rule: string; readonly resource: { readonly id: string } }): string =>
  `${rule} ${resource.id}`;
