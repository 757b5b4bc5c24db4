/**
 * Every answer other than success: status, code (mostly empty at Neon) and text. `{name}` stands for a detail given where it is thrown.
 * Where the text is Neon's own it is kept to the letter, because tools search it; the rest follows its manner: lower case, ids at the end.
 */
export const REFUSALS = {
  badRequest: { status: 400, code: "", text: "{detail}" },
  badJson: { status: 400, code: "", text: "request body is not valid JSON" },
  bodyTooLarge: { status: 413, code: "", text: "request body is larger than 1 MiB" },
  unauthenticated: { status: 401, code: "", text: "supplied credentials do not pass authentication" },
  foreignHost: { status: 421, code: "", text: "this plane answers as localhost or an address of this machine only, not as: {host}" },
  unknownRoute: { status: 404, code: "", text: "this route does not exist" },
  rateLimited: { status: 429, code: "", text: "rate limit exceeded, retry later" },
  busy: { status: 423, code: "", text: "project already has running conflicting operations, scheduling of new ones is prohibited" },
  internal: { status: 500, code: "", text: "internal error" },

  personalKeyNeeded: { status: 403, code: "", text: "this call needs a personal API key" },
  projectKeyLimited: { status: 403, code: "", text: "a project-scoped API key is not allowed to make this call" },
  adminNeeded: { status: 403, code: "", text: "this call needs an administrator of the organization" },
  projectAdminNeeded: { status: 403, code: "", text: "this call needs an administrator of the project" },
  editorNeeded: { status: 403, code: "", text: "this call needs more than the role of a viewer" },
  memberNeeded: { status: 403, code: "", text: "this call needs a member of the organization" },
  orgIdRequired: { status: 400, code: "", text: "org_id is required, you can find it on your organization settings page" },
  organizationNotFound: { status: 404, code: "", text: "organization not found" },
  apiKeyNotFound: { status: 404, code: "", text: "api key not found" },

  memberNotFound: { status: 404, code: "", text: "member not found" },
  memberExists: { status: 409, code: "", text: "user is already a member of the organization: {email}" },
  lastAdmin: { status: 422, code: "", text: "the last administrator of an organization cannot be removed or lose the role" },

  vpcNotInPlan: { status: 403, code: "", text: "private networking is not allowed for this organization" },
  vpcRegion: { status: 400, code: "", text: "private networking is not available in region: {region}" },
  vpcEndpointForm: { status: 400, code: "", text: "no VPC endpoint id of region {region}: {endpoint}" },
  pathChallengeNotFound: { status: 404, code: "", text: "path challenge not found, over, or used" },
  vpcEndpointNotFound: { status: 404, code: "", text: "VPC endpoint not found" },
  vpcEndpointNotAssigned: {
    status: 422,
    code: "",
    text: "VPC endpoint is not assigned to the organization in the region of the project: {endpoint}",
  },
  vpcEndpointOfRegion: {
    status: 422,
    code: "",
    text: "VPC endpoint {endpoint} is assigned in {region} already: an endpoint lies in one region",
  },
  vpcEndpointRemoved: { status: 422, code: "", text: "VPC endpoint was removed and cannot be assigned again: {endpoint}" },
  vpcEndpointInUse: { status: 422, code: "", text: "VPC endpoint is used by restricted projects: {projects}" },
  vpcEndpointsLimit: { status: 422, code: "VPC_ENDPOINTS_LIMIT_EXCEEDED", text: "VPC endpoints limit exceeded; max: {max}" },

  permissionNotFound: { status: 404, code: "", text: "project permission not found" },
  jwksNotFound: { status: 404, code: "", text: "jwks not found" },
  jwksUrl: { status: 400, code: "", text: "jwks_url must be an https URL" },

  projectNotFound: { status: 404, code: "", text: "project not found" },
  projectNotRecoverable: { status: 422, code: "", text: "project is not deleted: {project}" },
  projectHasProtectedBranches: { status: 422, code: "", text: "project has protected branches: {branches}" },
  projectsLimit: { status: 422, code: "PROJECTS_LIMIT_EXCEEDED", text: "projects limit exceeded; max: {max}" },
  unknownRegion: { status: 400, code: "", text: "region not found: {region}" },
  unknownPgVersion: { status: 400, code: "", text: "unsupported Postgres version: {version}" },
  pgVersionNotInstalled: {
    status: 400,
    code: "",
    text: "Postgres {version} is not installed where this plane runs; pg_version may be: {installed}",
  },
  allowedIpsNotInPlan: { status: 400, code: "", text: 'allowed IPs limit exceeded; max: "0"' },
  badAllowedIp: { status: 400, code: "", text: 'invalid entry in allowed_ips: "{entry}"' },
  retentionBeyondPlan: { status: 400, code: "", text: "requested history retention seconds exceeds allowed maximum; max: {max}" },
  hipaaNotInPlan: { status: 400, code: "", text: "HIPAA is not allowed for this organization" },
  hipaaStays: { status: 400, code: "", text: "disabling HIPAA is not allowed" },
  replicationStays: { status: 400, code: "", text: "disabling logical replication is not allowed" },

  branchNotFound: { status: 404, code: "", text: "branch not found" },
  branchExists: { status: 409, code: "", text: "A branch with the provided name already exists" },
  branchNotReady: { status: 422, code: "", text: "branch not ready yet" },
  branchesLimit: { status: 422, code: "BRANCHES_LIMIT_EXCEEDED", text: "branches limit exceeded; max: {max}" },
  rootBranchesLimit: { status: 422, code: "ROOT_BRANCHES_LIMIT_EXCEEDED", text: "root branches limit exceeded; max: {max}" },
  protectedBranchesLimit: {
    status: 422,
    code: "BRANCHES_PROTECTED_LIMIT_EXCEEDED",
    text: "You have reached the maximum number of protected branches for your current plan. To protect this branch, either upgrade your plan or reduce the number of existing protected branches.",
  },
  protectedExpiry: {
    status: 400,
    code: "PROTECTED_BRANCH_EXPIRATION_NOT_ALLOWED",
    text: "Protected branch cannot have an expiration date",
  },
  defaultExpiry: { status: 400, code: "", text: "Default branch cannot have an expiration date" },
  expiryPast: { status: 400, code: "", text: "expires_at must be in the future" },
  unknownInitSource: { status: 400, code: "", text: "unsupported init_source: {source}" },
  momentTwice: { status: 400, code: "", text: "a past moment is either a timestamp or an LSN" },
  momentAhead: { status: 400, code: "", text: "timestamp is in the future: {moment}" },
  momentBefore: { status: 400, code: "", text: "timestamp is before the history of the branch, which begins at {begin}" },
  deletesProtected: { status: 422, code: "", text: "cannot delete protected branch: {branch}" },
  deletesDefault: { status: 422, code: "", text: "cannot delete default branch" },
  deletesRoot: { status: 422, code: "", text: "cannot delete root branch" },
  deletesParent: { status: 422, code: "", text: "cannot delete branch that has children: {child}" },
  resetsProtected: { status: 422, code: "", text: "cannot reset protected branch: {branch}" },
  restoreNeedsName: { status: 422, code: "", text: "Branch has children, preserve_under_name is required" },
  restoreFromItself: {
    status: 422,
    code: "",
    text: "restoring a branch to itself needs source_lsn or source_timestamp, and preserve_under_name",
  },
  branchNotRecoverable: { status: 422, code: "", text: "branch is not deleted: {branch}" },
  parentDeleted: { status: 422, code: "", text: "cannot recover branch whose parent is deleted: {parent}" },

  snapshotNotFound: { status: 404, code: "", text: "snapshot not found" },
  snapshotOfChild: { status: 422, code: "", text: "snapshots can only be created from root branches: {branch}" },
  snapshotsLimit: { status: 422, code: "SNAPSHOTS_LIMIT_EXCEEDED", text: "snapshots limit exceeded; max: {max}" },
  snapshotSlugExists: { status: 409, code: "", text: "snapshot with slug {slug} already exists" },
  notRestored: { status: 422, code: "", text: "branch is not one that waits for its restore to be finalized: {branch}" },

  endpointNotFound: { status: 404, code: "", text: "endpoint not found" },
  endpointOfProtected: { status: 422, code: "", text: "cannot delete endpoint of protected branch: {branch}" },
  endpointExists: { status: 409, code: "", text: "read-write endpoint already exists for branch: {branch}" },
  endpointRegion: { status: 400, code: "", text: "endpoint must be in the region of its project: {region}" },
  endpointMove: { status: 400, code: "", text: "an endpoint cannot be moved to another branch" },
  endpointDisabled: { status: 422, code: "", text: "endpoint is disabled: {endpoint}" },
  endpointInTransition: { status: 423, code: "", text: "endpoint is in some transitive state, could not suspend" },
  computeUnits: { status: 400, code: "", text: "autoscaling_limit_min_cu must not exceed autoscaling_limit_max_cu" },
  suspendTimeout: { status: 400, code: "", text: "suspend_timeout_seconds must be -1, 0 or from 60 to 604800" },
  computeSize: { status: 400, code: "", text: "compute size must be a multiple of 0.25 CU, from 0.25 to 56: {size}" },
  computeFixed: {
    status: 400,
    code: "",
    text: "a compute above 16 CU has a fixed size: autoscaling_limit_min_cu must be autoscaling_limit_max_cu",
  },
  computeRange: { status: 400, code: "", text: "an autoscaling range spans 8 CU at most, not from {min} to {max}" },
  computeLimit: { status: 400, code: "", text: "compute size limit exceeded; max: {max}" },
  suspendOfLarge: { status: 400, code: "", text: "a compute above 16 CU is never suspended: suspend_timeout_seconds must be -1 or 0" },
  suspendNotInPlan: { status: 400, code: "", text: "suspend_timeout_seconds cannot be {seconds} in the plan of this organization" },
  noEndpoint: { status: 404, code: "", text: "no read-write endpoint for branch: {branch}" },

  roleNotFound: { status: 404, code: "", text: 'role not found for branch; role_name:"{role}", branch_id:"{branch}"' },
  roleExists: { status: 409, code: "", text: "role with name {role} already exists" },
  roleNameReserved: { status: 400, code: "", text: "role name is reserved: {role}" },
  nameTooLong: { status: 400, code: "", text: "name is longer than 63 bytes: {name}" },
  nameNotPrintable: { status: 400, code: "", text: "name has a control character: {name}" },
  rolesLimit: { status: 422, code: "ROLES_LIMIT_EXCEEDED", text: "roles limit exceeded; max: {max}" },
  roleOwnsDatabase: { status: 422, code: "", text: "cannot delete role that owns a database: {database}" },
  roleWithoutLogin: { status: 422, code: "", text: "role has no password: {role}" },
  passwordsNotStored: { status: 412, code: "", text: "passwords are not stored in this project" },

  accessNotFound: { status: 404, code: "", text: "temporary access not found" },
  accessEnd: { status: 400, code: "", text: "until must be in the future, and at most {days} days ahead: {until}" },
  roleIsTemporary: { status: 422, code: "", text: "the role is one of temporary access: {role}; {remedy}" },
  accessApprovalRefused: { status: 422, code: "ACCESS_APPROVAL_REFUSED", text: "the approval of temporary access is not valid: {reason}" },

  databaseNotFound: { status: 404, code: "", text: "database not found" },
  databaseExists: { status: 409, code: "", text: "database with name {database} already exists" },
  databaseNameReserved: { status: 400, code: "", text: "database name is reserved: {database}" },
  databasesLimit: { status: 422, code: "DATABASES_LIMIT_EXCEEDED", text: "databases limit exceeded; max: {max}" },

  schemaNeedsPostgres: { status: 422, code: "", text: "this plane runs no Postgres, so there is no schema to read" },
  schemaPast: { status: 400, code: "", text: "this plane reads the schema as it is now only: {parameter} is not supported" },
  schemaTooLarge: { status: 422, code: "", text: "the schema is larger than 4 MiB" },
  schemaLocked: { status: 423, code: "", text: "a session holds a lock on the schema, retry later" },
  schemaNeedsBase: { status: 400, code: "", text: "base_branch_id is required: branch has no parent" },

  credentialNotFound: { status: 404, code: "", text: "credential not found" },

  transferRequestNotFound: { status: 404, code: "", text: "transfer request not found" },
  transferUnsatisfied: { status: 406, code: "", text: "the organization does not satisfy what the project needs: {reasons}" },

  consumptionNotInPlan: { status: 403, code: "", text: "consumption history is not available in the plan of this organization" },
  consumptionRange: { status: 406, code: "", text: "{granularity} figures go back {days} days at most, and from must be before to" },

  exportNotFound: { status: 404, code: "", text: "audit export not found" },
  exportTargetTaken: { status: 409, code: "", text: "another audit export of the organization writes to the same place: {name}" },
  exportsLimit: { status: 422, code: "AUDIT_EXPORTS_LIMIT_EXCEEDED", text: "audit exports limit exceeded; max: {max}" },
  exportNotAllowed: {
    status: 403,
    code: "AUDIT_EXPORT_NOT_ALLOWED",
    text: "the operator of the plane does not allow this sink; it takes --allow-sink {entry}",
  },
  exportUnsigned: { status: 422, code: "", text: "audit export signs nothing: only webhooks have a signing secret" },

  customerKeyNotFound: { status: 404, code: "", text: "project has no customer-managed key" },
  customerKeyNotAllowed: { status: 403, code: "", text: "customer-managed key is not allowed: {reason}" },
  customerKeyUnusable: { status: 422, code: "CUSTOMER_KEY_UNUSABLE", text: "customer-managed key cannot be used: {reason}" },
  customerKeyHolds: {
    status: 422,
    code: "CUSTOMER_KEY_UNUSABLE",
    text: "customer-managed key cannot be removed while it cannot be used, because {count} erasure keys are under it (release=true gives up what is sealed under them): {reason}",
  },
  customerKeyRefusesStart: {
    status: 422,
    code: "CUSTOMER_KEY_UNUSABLE",
    text: "compute cannot start, because the customer-managed key of its project cannot be used: {reason}",
  },
  eraseRefused: { status: 409, code: "", text: "nothing was erased: {reasons}" },
  eraseNeedsPostgres: { status: 422, code: "", text: "this plane runs no Postgres, so it has no data to erase" },

  operationNotFound: { status: 404, code: "", text: "operation not found" },
} as const satisfies Record<string, { status: number; code: string; text: string }>;

export type RefusalName = keyof typeof REFUSALS;

/** Thrown anywhere in a transaction it undoes everything, and is the answer. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;

  constructor(
    readonly reason: RefusalName,
    details: Record<string, string | number> = {},
    /** When to come again, in seconds: goes out as Retry-After. */
    readonly retryAfterSeconds?: number,
    /** What the answer carries besides code and message. */
    readonly more?: Readonly<Record<string, unknown>>,
  ) {
    const { status, code, text } = REFUSALS[reason];
    super(text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? "")));
    this.status = status;
    this.code = code;
  }
}
