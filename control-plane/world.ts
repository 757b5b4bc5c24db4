import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Clock } from "./clock.js";
import type { ReadDatabase } from "./computes/readDatabase.js";
import type { PgVersions } from "./domain/pgVersions.js";
import type { Hosts } from "./hosts.js";
import type { Mint } from "./mint.js";
import type { Gate } from "./operations/gate.js";
import type { Worker } from "./operations/worker.js";
import type { ErasureTools } from "./services/erase.js";
import type { Store } from "./store/store.js";

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
  /** Absent where computes are records. */
  readonly erasure?: ErasureTools | undefined;
  /** Absent where computes are records. */
  readonly read?: ReadDatabase | undefined;
  readonly log: (line: PlaneLogLine) => void;
}
