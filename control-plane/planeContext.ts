import type { PlaneLogLine, PlaneOptions } from "@palisade/neon/contract/plane";
import type { AuditTrail } from "./audit/auditTrail.js";
import type { AuditExports } from "./audit/export/exports.js";
import type { Clock } from "./clock.js";
import type { ReadDatabase } from "./computes/readDatabase.js";
import type { PgVersions } from "./domain/pgVersions.js";
import type { Hosts } from "./hosts.js";
import type { IdGenerator } from "./idGenerator.js";
import type { CallQueue } from "./operations/callQueue.js";
import type { Worker } from "./operations/worker.js";
import type { StoredCustomerKey } from "./store/kinds.js";
import type { ErasureTools } from "./services/erasure.js";
import type { Store } from "./store/store.js";
import type { KeyCounts } from "./domain/customerKeys.js";
import type { KeyStore } from "./encryption/keyStore.js";
import type { KeyMaintenance } from "./operations/keyMaintenance.js";
import type { KeyChecks } from "./services/customerKeys/keyChecks.js";
import type { CustomerKeyProviders } from "./services/customerKeys/providers.js";

/** The keys that wrap what is sealed. */
export interface PlaneKeys {
  readonly keyStore: KeyStore<CustomerKeyProviders>;
  readonly checks: KeyChecks;
  readonly maintenance: KeyMaintenance;
  readonly countObjects: (key: StoredCustomerKey) => KeyCounts;
}

/** Proves who signed a text as an approval of temporary access. */
export type ApprovalVerifier = NonNullable<PlaneOptions["verifyApproval"]>;

/** The parts of one running plane. */
export interface PlaneContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly hosts: Hosts;
  readonly callQueue: CallQueue;
  readonly worker: Worker;
  /** How long one operation takes, in milliseconds. */
  readonly operationTimeMs: number;
  readonly pgVersions: PgVersions;
  /** The user whose key the plane announces. */
  readonly adminId: string;
  readonly keys: PlaneKeys;
  readonly audit: AuditTrail;
  readonly exports: AuditExports;
  /** Absent where nobody may approve. */
  readonly verifyApproval?: ApprovalVerifier | undefined;
  /** Absent where computes are records. */
  readonly erasure?: ErasureTools | undefined;
  /** Absent where computes are records. */
  readonly readDatabase?: ReadDatabase | undefined;
  readonly log: (line: PlaneLogLine) => void;
}
