import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Clock } from "./clock.js";
import type { ReadDatabase } from "./computes/readDatabase.js";
import type { PgVersions } from "./domain/pgVersions.js";
import type { Hosts } from "./hosts.js";
import type { Mint } from "./mint.js";
import type { Gate } from "./operations/gate.js";
import type { Worker } from "./operations/worker.js";
import type { StoredCustomerKey } from "./store/kinds.js";
import type { ErasureTools } from "./services/erase.js";
import type { Store } from "./store/store.js";
import type { KeyCounts } from "./domain/customerKeys.js";
import type { Vault } from "./encryption/vault.js";
import type { KeyRounds } from "./operations/keyRounds.js";
import type { KeyLooks } from "./services/customerKeys/looks.js";
import type { CustomerKeyProviders } from "./services/customerKeys/providers.js";

/** The keys that wrap what is sealed. */
export interface Keys {
  readonly vault: Vault<CustomerKeyProviders>;
  readonly looks: KeyLooks;
  readonly rounds: KeyRounds;
  readonly countsOf: (key: StoredCustomerKey) => KeyCounts;
}

/** The parts of one running plane. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly mint: Mint;
  readonly hosts: Hosts;
  readonly gate: Gate;
  readonly worker: Worker;
  /** How long one operation takes, in milliseconds. */
  readonly operationTimeMs: number;
  readonly pgVersions: PgVersions;
  /** The user whose key the plane announces. */
  readonly adminId: string;
  readonly keys: Keys;
  /** Absent where computes are records. */
  readonly erasure?: ErasureTools | undefined;
  /** Absent where computes are records. */
  readonly read?: ReadDatabase | undefined;
  readonly log: (line: PlaneLogLine) => void;
}
