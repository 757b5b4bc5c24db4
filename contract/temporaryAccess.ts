import { z } from "zod";
import { canonicalizeJson } from "./canonicalJson.js";
import { getLastPart } from "./ids.js";

/** Access that ends by itself, and the approval of a second person that it rests on. The routes are an extension of the embedded plane; at Neon SQL makes the role. */

/** Keeps a signature for another purpose, such as an approval of a change, from passing as one of an access (`-n` of `ssh-keygen -Y`). */
export const ACCESS_NAMESPACE = "palisade-temporary-access@v1";
/** How far ahead an access may end. Ours: what is needed for longer is a role. */
export const LONGEST_ACCESS_DAYS = 7;
export const LONGEST_ACCESS_MS = LONGEST_ACCESS_DAYS * 86_400_000;
const MOST_SCHEMAS = 100;

export const DATABASE_PRIVILEGES = ["CONNECT", "CREATE", "TEMPORARY"] as const;
export const SCHEMA_PRIVILEGES = ["USAGE", "CREATE"] as const;
export const TABLE_PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"] as const;
export const SEQUENCE_PRIVILEGES = ["USAGE", "SELECT", "UPDATE"] as const;
export const ROUTINE_PRIVILEGES = ["EXECUTE"] as const;

const Name = z.string().min(1).max(63);
const listOf = <const W extends string>(words: readonly W[]) => z.array(z.enum(words)).max(words.length).default([]);

/** As those of RoleGrants; what is made later is not covered. */
export const AccessPrivileges = z.strictObject({
  database: listOf(DATABASE_PRIVILEGES),
  schemas: z
    .array(
      z.strictObject({
        name: Name,
        privileges: listOf(SCHEMA_PRIVILEGES),
        tables: listOf(TABLE_PRIVILEGES),
        sequences: listOf(SEQUENCE_PRIVILEGES),
        routines: listOf(ROUTINE_PRIVILEGES),
      }),
    )
    .max(MOST_SCHEMAS)
    .refine((schemas) => new Set(schemas.map(({ name }) => name)).size === schemas.length, "names a schema twice")
    .default([]),
});
export type AccessPrivileges = z.output<typeof AccessPrivileges>;

/** As a list of allowed signers would name somebody: one spelling that people see as they compare it, no pattern and no list. */
export const PersonName = z
  .string()
  .min(1, "must not be empty")
  .max(254, "must have at most 254 characters")
  .regex(/^[A-Za-z0-9._%+@=:/-]+$/, "must be a name as in a list of allowed signers, such as ada@example.com");

/** Everything that an approval is about. */
export const AccessTerms = z.strictObject({
  projectId: z.string().max(60),
  branchId: z.string().max(128),
  databaseName: Name,
  roleName: Name,
  privileges: AccessPrivileges,
  /** RFC 3339. */
  until: z.iso.datetime({ offset: true }),
  reason: z.string().min(1).max(500),
  /** Who asks for it: as the list of allowed signers would name them. */
  requester: PersonName,
});
export type AccessTerms = z.output<typeof AccessTerms>;

/** What is signed. */
const AccessApproval = AccessTerms.extend({
  version: z.literal(1),
  /** Of this one approval, which is used once: a UUID. */
  nonce: z.uuid(),
  /** RFC 3339. */
  approvedAt: z.iso.datetime(),
});
export type AccessApproval = z.output<typeof AccessApproval>;

/** The file that `palisade approve-access` writes: the signed text as it is, and the signature beside it. */
const SignedAccess = z.strictObject({ access: z.string().max(100_000), signature: z.string().max(20_000) });
export const MOST_APPROVAL_CHARACTERS = 150_000;

/** The same terms in one spelling: bare ids, UTC, lists without order. */
export const normalizeTerms = ({
  projectId,
  branchId,
  databaseName,
  roleName,
  privileges,
  until,
  reason,
  requester,
}: AccessTerms): AccessTerms => ({
  projectId,
  branchId: getLastPart(branchId),
  databaseName,
  roleName,
  privileges: {
    database: sortWords(privileges.database),
    schemas: privileges.schemas
      .map((schema) => ({
        name: schema.name,
        privileges: sortWords(schema.privileges),
        tables: sortWords(schema.tables),
        sequences: sortWords(schema.sequences),
        routines: sortWords(schema.routines),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  },
  until: new Date(until).toISOString(),
  reason,
  requester,
});

const sortWords = <W extends string>(words: readonly W[]): W[] => [...new Set(words)].sort();

/** The text to sign. */
export const buildApprovalText = (terms: AccessTerms, nonce: string, approvedAt: string): string =>
  canonicalizeJson({ ...normalizeTerms(terms), version: 1, nonce, approvedAt } satisfies AccessApproval);

export const formatSignedAccess = (access: string, signature: string): string => JSON.stringify({ access, signature });

export interface ReadApproval {
  readonly approval: AccessApproval;
  /** What was signed, byte for byte. */
  readonly text: string;
  readonly signature: string;
}

/** Reads an approval and proves nothing: who signed is for {@link ACCESS_NAMESPACE} to tell. @returns the approval, or why it is none */
export function readApproval(file: string): ReadApproval | { why: string } {
  if (file.length > MOST_APPROVAL_CHARACTERS) return { why: "it is too long" };
  const signed = parse(SignedAccess, file);
  const approval = signed && parse(AccessApproval, signed.access);
  // The very text that the terms make: no other order, no second value of a name.
  if (signed === undefined || approval === undefined || buildApprovalText(approval, approval.nonce, approval.approvedAt) !== signed.access)
    return { why: "it was not written by palisade approve-access" };
  return { approval, text: signed.access, signature: signed.signature };
}

function parse<T extends z.ZodType>(shape: T, text: string): z.output<T> | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const TERM_NAMES = Object.keys(AccessTerms.shape) as (keyof AccessTerms)[];

/** The terms in which an approval differs from what is asked for: all of them must be as they were signed. */
export function listOtherTerms(approval: AccessApproval, asked: AccessTerms): string[] {
  const [signed, wanted] = [normalizeTerms(approval), normalizeTerms(asked)];
  return TERM_NAMES.filter((name) => canonicalizeJson(signed[name]) !== canonicalizeJson(wanted[name]));
}

/** Two names of one person: addresses are written in any case, and many servers take a word behind a plus sign. */
export const isSamePerson = (a: string, b: string): boolean => normalizePerson(a) === normalizePerson(b);

/** A name in the spelling in which names are compared. */
export function normalizePerson(name: string): string {
  const [local = "", ...domain] = name.normalize("NFKC").trim().toLowerCase().split("@");
  const [mailbox = ""] = local.split("+");
  return [mailbox === "" ? local : mailbox, ...domain].join("@");
}
