import type { CurrentUser, Organization } from "@palisade/neon/contract/wire/account";
import type { ApiKey } from "@palisade/neon/contract/wire/apiKey";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Annotation, Operation } from "@palisade/neon/contract/wire/common";
import type { Database } from "@palisade/neon/contract/wire/database";
import type { Endpoint } from "@palisade/neon/contract/wire/endpoint";
import type { Member } from "@palisade/neon/contract/wire/member";
import type { Project } from "@palisade/neon/contract/wire/project";
import type { Role } from "@palisade/neon/contract/wire/role";

/** A deleted project keeps its row until `recoverable_until`. Host names are the machine's and are added to the answer (hosts.ts). */
export type StoredProject = Omit<Project, "proxy_host"> & { deleted_at?: string; recoverable_until?: string };
export type StoredEndpoint = Omit<Endpoint, "host" | "proxy_host">;
/** Whose key it is: of a user, of an organisation, or (with `project_id`) of one project of an organisation. */
export type StoredKey = ApiKey & { user_id?: string; org_id?: string };

/** What is kept, each as it goes on the wire: one spelling from the disk to the client. */
export interface Documents {
  organization: Organization;
  user: CurrentUser;
  member: Member;
  api_key: StoredKey;
  project: StoredProject;
  branch: Branch;
  annotation: Annotation;
  endpoint: StoredEndpoint;
  /** Computes of a deleted branch, waiting for its recovery. */
  deleted_endpoint: StoredEndpoint;
  role: Role;
  database: Database;
  operation: Operation;
}
export type Kind = keyof Documents;

/** What is kept beside a document and seen neither by an answer nor by the audit. */
export interface Sealed {
  /** SHA-256 of the key, hexadecimal. */
  api_key: { hash: string };
  /** Absent for roles that cannot log in. The password itself only where the project stores passwords. */
  role: { verifier: string; password?: string };
}
export type SealedKind = keyof Sealed;

/** The key of a document within its kind. */
export const idOf: { [K in Kind]: (document: Documents[K]) => string } = {
  organization: ({ id }) => id,
  user: ({ id }) => id,
  member: ({ id }) => id,
  api_key: ({ id }) => String(id),
  project: ({ id }) => id,
  branch: ({ id }) => id,
  annotation: ({ object }) => object.id,
  endpoint: ({ id }) => id,
  deleted_endpoint: ({ id }) => id,
  role: ({ branch_id, name }) => roleId(branch_id, name),
  database: ({ id }) => String(id),
  operation: ({ id }) => id,
};

export const roleId = (branchId: string, name: string): string => `${branchId}/${name}`;
