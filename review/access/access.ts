import type { ApiKey } from "../../contract/wire/apiKey.js";
import type { MembersPage } from "../../contract/wire/member.js";
import type { z } from "zod";

/** What kinds of access there are, in the order in which they are told. */
export const ACCESS_KINDS = ["apiKey", "member", "invitation", "permission", "role", "cloudRole", "keyPrincipal"] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** Somebody or something that can get in, and how far. Instants are RFC 3339. */
export interface Access {
  readonly kind: AccessKind;
  /** Stable between reviews, and unique within its kind. */
  readonly id: string;
  readonly name: string;
  /** Where it holds, for people: `organisation Shop`, `project quiet-lake-12345678`, `branch main of …`. */
  readonly place: string;
  /** One phrase. */
  readonly can: string;
  /** The same in parts that two reviews are compared by; sorted, each once. */
  readonly powers: readonly string[];
  /** False where only a part could be looked at: then nothing is said of what it gained or lost. */
  readonly isWhole: boolean;
  readonly since?: string;
  /** Who made it, as the API says it. */
  readonly by?: string;
  /** An instant, or `never` where that is known; undefined where nothing is. */
  readonly lastUsed?: string;
  /** URNs of the resources of the stack that declare it; none where nothing does. */
  readonly declaredBy: readonly string[];
}

/** The same with the commit that explains it. */
export interface ExplainedAccess extends Access {
  readonly commits: readonly Commit[];
}

/** The newest commit that touched a declaration. */
export interface Commit {
  readonly urn: string;
  /** `index.ts:12`, in the commit. */
  readonly location: string;
  readonly commit: string;
  readonly author: string;
  /** RFC 3339. */
  readonly at: string;
  /** First line of its message. */
  readonly subject: string;
}

/** What was not looked at, on purpose: a branch whose compute sleeps. Nothing is said of it. */
export interface NotLookedAt {
  readonly what: string;
  readonly why: string;
}

export type MemberWithUser = z.output<typeof MembersPage>["members"][number];
export type { ApiKey };

/** Name of what every role is. */
export const PUBLIC = "PUBLIC";

/** Id of PUBLIC on a branch. Its last part is empty, as no role's name is: a role may well be called PUBLIC. */
export const toPublicId = (projectId: string, branchId: string): string => `${projectId}/${branchId}/`;

export const isPublic = ({ kind, id }: Pick<Access, "kind" | "id">): boolean => kind === "role" && id.endsWith("/");

export const toPowers = (powers: Iterable<string>): string[] => [...new Set(powers)].sort();

export const compareAccess = (a: Access, b: Access): number =>
  ACCESS_KINDS.indexOf(a.kind) - ACCESS_KINDS.indexOf(b.kind) || compareTexts(a.place, b.place) || compareTexts(a.id, b.id);

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
