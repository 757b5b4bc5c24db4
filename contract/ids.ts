import { z } from "zod";

/**
 * Identifiers as Neon's API spells them (`^[a-z0-9-]{1,60}$` in paths). The brands keep one kind out of another's place.
 * Where a program refers to another resource it may give the bare id or the composite one (`project/branch`): see `getLastPart`.
 */
const createIdSchema = (pattern: RegExp, message: string) => z.string().regex(pattern, message);

/** Words at which the API has a call of its own where an id may stand, by parameter (Neon's OpenAPI of 2026): as ids they would address that call. */
export const RESERVED_IDS: Readonly<Record<string, readonly string[]>> = { project_id: ["shared", "auth"], branch_id: ["count"] };

const NOT_A_PROJECT = "is not a project id such as quiet-lake-12345678";
export const ProjectId = createIdSchema(/^[a-z0-9-]{1,60}$/, NOT_A_PROJECT)
  .refine((word) => !RESERVED_IDS["project_id"]?.includes(word), NOT_A_PROJECT)
  .brand<"ProjectId">();
export const BranchId = createIdSchema(/^br-[a-z0-9-]{1,57}$/, "is not a branch id such as br-wispy-sun-b343qpnf").brand<"BranchId">();
export const EndpointId = createIdSchema(
  /^ep-[a-z0-9-]{1,57}$/,
  "is not a compute id such as ep-orange-wind-avthvs1g",
).brand<"EndpointId">();
export const OrgId = createIdSchema(
  /^org-[a-z0-9-]{1,56}$/,
  "is not an organisation id such as org-morning-bread-81040908",
).brand<"OrgId">();

export type ProjectId = z.infer<typeof ProjectId>;
export type BranchId = z.infer<typeof BranchId>;
export type EndpointId = z.infer<typeof EndpointId>;
export type OrgId = z.infer<typeof OrgId>;

/** The last part of a composite id: `quiet-lake-12345678/br-wispy-sun-b343qpnf` -> `br-wispy-sun-b343qpnf`. */
export const getLastPart = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);
