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
  name: Name.describe("Unique in the project."),
  id: BranchId.optional().describe("Made when omitted."),
  parent: Name.optional().describe("Name of a branch further up. The first branch when omitted, which itself has none."),
  protected: z.boolean().optional().describe("Whether it can be neither deleted nor reset. False when omitted."),
  expiresAt: z.iso.datetime({ offset: true }).optional().describe("When it is deleted by itself (RFC 3339); never when omitted."),
  computes: z.array(EndpointType).optional().describe("One `read_write` for the first branch when omitted, none for the others."),
});
export type SeedBranch = z.infer<typeof SeedBranch>;

const SeedProject = z.strictObject({
  name: Name.describe("Name of the project."),
  id: ProjectId.optional().describe("Made when omitted."),
  organisation: Name.optional().describe("Name or id of its organisation; the plane's own when omitted."),
  regionId: z.string().optional().describe("Region, as the API spells it; `aws-us-east-1` when omitted."),
  pgVersion: z.number().int().optional().describe("Major version of Postgres; the one that is installed when omitted."),
  settings: ProjectSettings.optional().describe(
    "`settings` of the project, as the API spells them: `allowed_ips`, `block_public_connections` and the others.",
  ),
  branches: z.array(SeedBranch).min(1).optional().describe("The first is the default branch. One branch `main` when omitted."),
  roles: z
    .array(z.strictObject({ name: Name.describe("Name of the role.") }))
    .default([])
    .describe("Made on the first branch, inherited by the others. The owner `neondb_owner` is always there."),
  databases: z
    .array(
      z.strictObject({
        name: Name.describe("Name of the database."),
        owner: Name.optional().describe("Role that owns it; `neondb_owner` when omitted."),
      }),
    )
    .default([])
    .describe("Made on the first branch, inherited by the others. The database `neondb` is always there."),
});
export type SeedProject = z.infer<typeof SeedProject>;

const KeyName = Name.describe("Name of the key.");
const key = z
  .string()
  .regex(/^napi_[A-Za-z0-9_]+$/, "must begin with napi_, followed by letters and digits")
  .optional()
  .describe(
    "The key itself: `napi_`, then letters and digits. Made when omitted, and then shown nowhere. For tests: a file is no place for a secret.",
  );
const SeedKey = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("personal"),
    name: KeyName,
    user: Name.optional().describe("Name of the user; the plane's administrator when omitted."),
    key,
  }),
  z.strictObject({
    kind: z.literal("organisation"),
    name: KeyName,
    organisation: Name.optional().describe("Name or id of the organisation; the plane's own when omitted."),
    key,
  }),
  z.strictObject({
    kind: z.literal("project"),
    name: KeyName,
    project: Name.describe("Name or id of the one project that it opens."),
    key,
  }),
]);
export type SeedKey = z.infer<typeof SeedKey>;

/** The initial contents of a new data directory. Unknown keys are refused. */
export const Seed = z.strictObject({
  organisations: z
    .array(
      z.strictObject({
        name: Name.describe("Name of the organisation."),
        id: OrgId.optional().describe("Made when omitted."),
        plan: z.enum(PLANS).optional().describe("Limits of which Neon plan; `scale` when omitted."),
      }),
    )
    .default([])
    .describe("Organisations beside the plane's own, which is always there."),
  users: z
    .array(
      z.strictObject({
        name: Name.describe("Name of the person."),
        email: z.email().describe("E-mail address of the person."),
        organisation: Name.optional().describe("Name or id of the organisation that the person belongs to; the plane's own when omitted."),
        role: MemberRole.default("admin").describe("What the person may do in it."),
      }),
    )
    .default([])
    .describe("People beside the plane's administrator, who is always there."),
  projects: z.array(SeedProject).default([]).describe("Projects, ready at once."),
  keys: z.array(SeedKey).default([]).describe("API keys beside the plane's own, which `palisade dev` prints."),
  vpcEndpoints: z
    .array(
      z.strictObject({
        id: z
          .string()
          .refine((id) => VPC_ENDPOINT_ID.test(id) || AZURE_ENDPOINT_GUID.test(id), "is no id of a private endpoint")
          .describe("`vpce-…`, or the `resourceGuid` of an Azure private endpoint."),
        becomes: z.enum(VPC_OUTCOMES).describe("What it comes to; with `never` it stays `new`."),
        reason: z.string().min(1).max(256).optional().describe("Told with `rejected` and `failed`."),
      }),
    )
    .default([])
    .describe("What becomes of private endpoints once they are assigned; every other one is accepted after an operation's time."),
});
export type Seed = z.infer<typeof Seed>;
