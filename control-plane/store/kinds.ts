import type { CurrentUser, Organization } from "@palisade/neon/contract/wire/account";
import type { ApiKey } from "@palisade/neon/contract/wire/apiKey";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Annotation, Operation } from "@palisade/neon/contract/wire/common";
import type { Credential } from "@palisade/neon/contract/wire/credential";
import type { Database } from "@palisade/neon/contract/wire/database";
import type { Endpoint } from "@palisade/neon/contract/wire/endpoint";
import type { Jwks } from "@palisade/neon/contract/wire/jwks";
import type { Invitation, Member } from "@palisade/neon/contract/wire/member";
import type { Project } from "@palisade/neon/contract/wire/project";
import type { ProjectPermission } from "@palisade/neon/contract/wire/projectPermission";
import type { Role } from "@palisade/neon/contract/wire/role";
import type { TransferRequest } from "@palisade/neon/contract/wire/transfer";
import type { AuditExport } from "@palisade/neon/contract/wire/auditExport";
import type { BackupSchedule } from "@palisade/neon/contract/wire/backupSchedule";
import type { CustomerManagedKey } from "@palisade/neon/contract/wire/customerManagedKey";
import type { CertificateBody } from "@palisade/neon/contract/wire/erasure";
import type { PathChallenge } from "@palisade/neon/contract/wire/pathChallenge";
import type { Snapshot } from "@palisade/neon/contract/wire/snapshot";
import type { AccessPrivileges } from "@palisade/neon/contract/temporaryAccess";
import type { VpcEndpoint, VpcEndpointOutcome } from "@palisade/neon/contract/wire/vpcEndpoint";
import type { WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import type { KeyHealth } from "../encryption/revocation.js";

/** A deleted project keeps its row until `recoverable_until`. Host names are the machine's and are added to the answer (hosts.ts). */
export type StoredProject = Omit<Project, "proxy_host"> & { deleted_at?: string; recoverable_until?: string };
export type StoredEndpoint = Omit<Endpoint, "host" | "proxy_host">;
/** Whose key it is: of a user, of an organisation, or (with `project_id`) of one project of an organisation. */
export type StoredApiKey = ApiKey & { user_id?: string; org_id?: string };

/** How far it came is kept beside it, and how it does is known by what runs. Of a webhook's address it has the host alone. */
export type StoredAuditExport = Omit<
  AuditExport,
  "state" | "reason" | "since" | "position" | "behind" | "missed" | "signing_secret_digest"
>;

/** What the operator has said of an endpoint, before it is assigned or after. */
export type StoredVpcOutcome = VpcEndpointOutcome & { vpc_endpoint_id: string };
/** Assigned to an organisation. A removed one stays as a row that says so, because it can never return. */
export type StoredVpcEndpoint = VpcEndpoint & {
  org_id: string;
  region_id: string;
  created_at: string;
  deleted_at?: string;
  outcome?: VpcEndpointOutcome;
  /** Of Azure: what the load balancer in front knows it by. */
  link_id?: number;
};
/** A project that admits this endpoint and the others it lists, and none else. */
export type StoredVpcRestriction = VpcEndpoint & { project_id: string };
export type StoredCredential = Credential & { project_id: string; branch_id: string };
/** Its roles and databases are kept as those of a branch with the id of the snapshot. `is_past`: of a moment before it was asked for. */
export type StoredSnapshot = Snapshot & { project_id: string; is_past: boolean };
/** `next_at`: when its next snapshot is due; RFC 3339. */
export type StoredBackupSchedule = BackupSchedule & { project_id: string; branch_id: string; next_at: string };
/** Which key of which cloud: exactly one of the two. */
export type NamedKey = Pick<CustomerManagedKey, "aws_kms" | "azure_key_vault">;
/** The key of a project. Until it is removed, whoever has it can revoke what the project has sealed. */
export type StoredCustomerKey = Omit<
  CustomerManagedKey,
  "state" | "reason" | "sealed_objects" | "erasure_keys" | "erasure_keys_to_rewrap"
> & {
  org_id: string;
  /** Keys that erasure keys of the project may still be under, the latest first. */
  former: readonly NamedKey[];
  /** Whether erasure keys are to be put under the current key, or its newest version. */
  moving: boolean;
  /** It goes once nothing is under it any more; with `release`, what it does not open goes with it. */
  removing?: "rewrap" | "release";
  health: KeyHealth;
  /** RFC 3339: when its canary is opened next. */
  next_at: string;
  /** Why the key did not open last time, and why the last move came to a halt. */
  problem?: string;
  move_problem?: string;
};
/** What a member of the organisation may do with one project, where that was set. */
export interface StoredProjectRole {
  project_id: string;
  member_id: string;
  role: string;
}

/** That branches were asked to be erased, written down before their keys are destroyed. Stays after the project: nothing else tells of it here. */
export interface StoredErasure {
  org_id: string | undefined;
  project_id: string;
  branch_ids: readonly string[];
  by: CertificateBody["by"];
  /** RFC 3339 */
  asked_at: string;
}

/** An access that was approved. It stays when it has ended, so that nobody uses its approval again. */
export interface StoredTemporaryAccess {
  /** Of the approval. */
  nonce: string;
  project_id: string;
  branch_id: string;
  /** Of the role. */
  name: string;
  database_name: string;
  privileges: AccessPrivileges;
  until: string;
  reason: string;
  requester: string;
  approver: string;
  approved_at: string;
  created_at: string;
  /** When the plane has something to do with it: it ends then or, once ended, is forgotten. */
  expires_at: string;
  granted_at?: string;
  problem?: string;
  ended_at?: string;
  ended_by?: "time" | "call" | "role-removed";
}

/** What is kept, each as it goes on the wire: one spelling from the disk to the client. */
export interface Documents {
  organization: Organization;
  user: CurrentUser;
  member: Member;
  invitation: Invitation;
  project_permission: ProjectPermission & { project_id: string };
  project_role: StoredProjectRole;
  vpc_endpoint: StoredVpcEndpoint;
  vpc_outcome: StoredVpcOutcome;
  path_challenge: PathChallenge;
  vpc_restriction: StoredVpcRestriction;
  jwks: Jwks;
  credential: StoredCredential;
  transfer_request: TransferRequest;
  api_key: StoredApiKey;
  audit_export: StoredAuditExport;
  project: StoredProject;
  branch: Branch;
  annotation: Annotation;
  snapshot: StoredSnapshot;
  backup_schedule: StoredBackupSchedule;
  customer_managed_key: StoredCustomerKey;
  erasure: StoredErasure;
  endpoint: StoredEndpoint;
  /** Computes of a deleted branch, waiting for its recovery. */
  deleted_endpoint: StoredEndpoint;
  role: Role;
  temporary_access: StoredTemporaryAccess;
  database: Database;
  operation: Operation;
}
export type DocumentKind = keyof Documents;

/** What is kept beside a document and seen neither by an answer nor by the audit. */
export interface Sealed {
  /** SHA-256 of the key, hexadecimal. */
  api_key: { hash: string };
  /** `secret` and `url` (whole, because its path may be a secret, too): of a webhook. `position`: `seq` of the last row that is at the sink for certain; absent before the first start. `delivered_at`: RFC 3339. `acknowledged`: of blobs, how much of the last one its service has taken. */
  audit_export: {
    secret?: string;
    url?: string;
    position?: number;
    missed: number;
    delivered_at?: string;
    acknowledged?: { readonly object: string; readonly bytes: number };
  };
  /**
   * What the made-up salts of unknown roles depend on: one more branch whose passwords it began with, or itself. `source`: what a schema-only
   * branch is made of, which no answer says.
   */
  branch: { salts: string; source?: string };
  /** A wrapped key that is opened to see whether the key may be used; bytes in base64. */
  customer_managed_key: { canary: Omit<WrappedKey, "bytes"> & { readonly bytes: string } };
  credential: { api_token: string; s3_secret_access_key: string };
  /** Absent for roles that cannot log in. The password itself only where the project stores passwords. */
  role: { verifier: string; password?: string };
}
export type SealedKind = keyof Sealed;

/** The key of a document within its kind. */
export const documentIdByKind: { [K in DocumentKind]: (document: Documents[K]) => string } = {
  organization: ({ id }) => id,
  user: ({ id }) => id,
  member: ({ id }) => id,
  invitation: ({ id }) => id,
  project_permission: ({ id }) => id,
  project_role: ({ project_id, member_id }) => `${project_id}/${member_id}`,
  vpc_endpoint: ({ org_id, region_id, vpc_endpoint_id }) => formatVpcEndpointKey(org_id, region_id, vpc_endpoint_id),
  path_challenge: ({ challenge }) => challenge,
  vpc_outcome: ({ vpc_endpoint_id }) => vpc_endpoint_id,
  vpc_restriction: ({ project_id, vpc_endpoint_id }) => `${project_id}/${vpc_endpoint_id}`,
  jwks: ({ id }) => id,
  credential: ({ token_id }) => token_id,
  transfer_request: ({ id }) => id,
  api_key: ({ id }) => String(id),
  audit_export: ({ id }) => id,
  project: ({ id }) => id,
  branch: ({ id }) => id,
  annotation: ({ object }) => object.id,
  snapshot: ({ id }) => id,
  backup_schedule: ({ branch_id }) => branch_id,
  customer_managed_key: ({ project_id }) => project_id,
  erasure: ({ project_id, asked_at }) => `${project_id}/${asked_at}`,
  endpoint: ({ id }) => id,
  deleted_endpoint: ({ id }) => id,
  role: ({ branch_id, name }) => formatRoleId(branch_id, name),
  temporary_access: ({ nonce }) => nonce,
  database: ({ id }) => String(id),
  operation: ({ id }) => id,
};

export const formatVpcEndpointKey = (orgId: string, regionId: string, id: string): string => `${orgId}/${regionId}/${id}`;
export const formatRoleId = (branchId: string, name: string): string => `${branchId}/${name}`;
/** Snapshots have timelines, as branches have, and operations name them as they name branches. */
export const isSnapshotId = (id: string): boolean => id.startsWith("snap-");
