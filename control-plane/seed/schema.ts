import { z } from "zod";
import { BranchId, OrgId, ProjectId } from "@palisade/neon/contract/ids";
import { PLANS } from "@palisade/neon/contract/plane";
import { AZURE_ENDPOINT_GUID, VPC_ENDPOINT_ID } from "@palisade/neon/contract/privateNetworking";
import { EndpointType } from "@palisade/neon/contract/wire/endpoint";
import { MemberRole } from "@palisade/neon/contract/wire/member";
import { ProjectSettings } from "@palisade/neon/contract/wire/project";
import { VPC_OUTCOMES } from "@palisade/neon/contract/wire/vpcEndpoint";

const Name = z.string().min(1).max(256);

const SeedBranch = z.strictObject({
  name: Name,
  id: BranchId.optional(),
  /** Name of a branch further up. Default: the first branch, which itself has none. */
  parent: Name.optional(),
  protected: z.boolean().optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  /** Default: one `read_write` for the first branch, none for the others. */
  computes: z.array(EndpointType).optional(),
});
export type SeedBranch = z.infer<typeof SeedBranch>;

const SeedProject = z.strictObject({
  name: Name,
  id: ProjectId.optional(),
  /** Name or id. Default: the plane's own. */
  organisation: Name.optional(),
  regionId: z.string().optional(),
  pgVersion: z.number().int().optional(),
  /** As the API spells them. */
  settings: ProjectSettings.optional(),
  /** Default: one branch `main`. The first is the default branch. */
  branches: z.array(SeedBranch).min(1).optional(),
  /** Made on the first branch, inherited by the others. The owner `neondb_owner` and the database `neondb` are always there. */
  roles: z.array(z.strictObject({ name: Name })).default([]),
  databases: z.array(z.strictObject({ name: Name, owner: Name.optional() })).default([]),
});
export type SeedProject = z.infer<typeof SeedProject>;

const key = z
  .string()
  .regex(/^napi_[A-Za-z0-9_]+$/, "must begin with napi_, followed by letters and digits")
  .optional();
const SeedKey = z.discriminatedUnion("kind", [
  /** Of a user (by name); default: of the plane's administrator. */
  z.strictObject({ kind: z.literal("personal"), name: Name, user: Name.optional(), key }),
  z.strictObject({ kind: z.literal("organisation"), name: Name, organisation: Name.optional(), key }),
  z.strictObject({ kind: z.literal("project"), name: Name, project: Name, key }),
]);
export type SeedKey = z.infer<typeof SeedKey>;

/** A ready-made world: what a new data directory begins with. Unknown keys are refused. */
export const Seed = z.strictObject({
  organisations: z.array(z.strictObject({ name: Name, id: OrgId.optional(), plan: z.enum(PLANS).optional() })).default([]),
  users: z
    .array(z.strictObject({ name: Name, email: z.email(), organisation: Name.optional(), role: MemberRole.default("admin") }))
    .default([]),
  projects: z.array(SeedProject).default([]),
  keys: z.array(SeedKey).default([]),
  /**
   * What becomes of private endpoints once they are assigned; every other one is accepted after an operation's time. `never`: it stays `new`.
   * `reason` is told with `rejected` and `failed`.
   */
  vpcEndpoints: z
    .array(
      z.strictObject({
        /** `vpce-…`, or the `resourceGuid` of an Azure private endpoint. */
        id: z.string().refine((id) => VPC_ENDPOINT_ID.test(id) || AZURE_ENDPOINT_GUID.test(id), "is no id of a private endpoint"),
        becomes: z.enum(VPC_OUTCOMES),
        reason: z.string().min(1).max(256).optional(),
      }),
    )
    .default([]),
});
export type Seed = z.infer<typeof Seed>;
