import { isPalisadeError, formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Clock } from "../../clock.js";
import { judgeKey, getRevocationRules, computeKeyState } from "../../domain/customerKeys.js";
import { Refusal } from "../../domain/refusals.js";
import { omit } from "../../domain/values.js";
import { KeyFailure } from "@palisade/neon/encryption/keys/keyFailure";
import type { KeyProvider, WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import { updateHealth, type KeyCheckOutcome, toCheckOutcome } from "../../encryption/revocation.js";
import type { StoredCustomerKey } from "../../store/kinds.js";
import type { Store, Tx } from "../../store/store.js";
import { fromStored, isAboutCanary, createCanary, openCanary, rewrapCanary, toStored } from "./canary.js";
import type { CustomerKeyProviders } from "./providers.js";

export interface KeyChecksOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly providers: CustomerKeyProviders;
  readonly log: (line: PlaneLogLine) => void;
  /** 0 to 1. Default: Math.random */
  readonly random?: (() => number) | undefined;
}

/** How a look ended, and what the canary is wrapped by from now on. */
interface KeyCheckResult {
  readonly look: KeyCheckOutcome;
  readonly problem?: string;
  readonly canary?: WrappedKey;
  readonly keyVersion?: string;
}

/** Checks now and then whether the keys of projects may still be used, and computes what follows from it. */
export class KeyChecks {
  /** One at a time for each project; who asks meanwhile waits for it. */
  private readonly checking = new Map<string, Promise<void>>();
  private isClosed = false;

  constructor(private readonly options: KeyChecksOptions) {}

  /** Projects whose keys are to be looked at. */
  listDue(): string[] {
    const { store, clock } = this.options;
    const due = { column: "next_at", at: clock.formatNow() } as const;
    return store.transact((tx) => tx.list("customer_managed_key", { due })).map(({ project_id }) => project_id);
  }

  /** Opens the canary of the project's key, and records the outcome. Never rejects for what a service answers. */
  check(project: string): Promise<void> {
    const looking = this.checking.get(project) ?? this.checkNow(project).finally(() => this.checking.delete(project));
    this.checking.set(project, looking);
    return looking;
  }

  /** The project's key as it is after a look; `undefined` where it has none. */
  async checkAndFind(project: string): Promise<StoredCustomerKey | undefined> {
    await this.check(project);
    return this.findKey(project);
  }

  /**
   * Whether a compute of the project may start. A look that is due is waited for: after a pause of the plane nobody knows how the key is.
   * @throws Refusal customerKeyRefusesStart
   */
  async assertMayStart(project: string): Promise<void> {
    const { clock } = this.options;
    const known = this.findKey(project);
    const key = known && known.health.nextAt <= clock.now() ? await this.checkAndFind(project) : known;
    assertStartAllowed(key, clock.now());
  }

  /** Writes nothing down any more: what is still asked of a service is not waited for. */
  close(): void {
    this.isClosed = true;
  }

  private findKey(project: string): StoredCustomerKey | undefined {
    return this.options.store.transact((tx) => tx.get("customer_managed_key", project));
  }

  private async checkNow(project: string): Promise<void> {
    const { store } = this.options;
    const [key, sealed] = store.transact((tx) => [tx.get("customer_managed_key", project), tx.getSealed("customer_managed_key", project)]);
    if (key === undefined || sealed === undefined) return;
    const seen = await this.probe(key, fromStored(sealed.canary));
    if (this.isClosed) return;
    store.transact((tx) => {
      this.recordResult(tx, key, seen);
    });
  }

  private async probe(key: StoredCustomerKey, canary: WrappedKey): Promise<KeyCheckResult> {
    try {
      const provider = this.options.providers.getProvider(key);
      try {
        await openCanary(provider, key.org_id, key.project_id, canary);
      } catch (error) {
        if (!isAboutCanary(error)) throw error;
        const made = await createCanary(provider, key.org_id, key.project_id);
        return { look: "opened", canary: made, keyVersion: made.keyId };
      }
      return { look: "opened", ...(await findNewestVersion(provider, key, canary)) };
    } catch (error) {
      const look = classifyCheckError(error);
      if (look === undefined) throw error;
      return { look, problem: formatErrorMessage(error) };
    }
  }

  /** Not where the key was replaced or removed meanwhile: what was seen is of another one. */
  private recordResult(tx: Tx, asked: StoredCustomerKey, { look, problem, canary, keyVersion }: KeyCheckResult): void {
    const { clock, log, random = Math.random } = this.options;
    const key = tx.get("customer_managed_key", asked.project_id);
    if (key?.updated_at !== asked.updated_at) return;
    const now = clock.now();
    const health = updateHealth(key.health, look, now, getRevocationRules(key), random());
    const isRotated = keyVersion !== undefined && keyVersion !== key.key_version;
    const next: StoredCustomerKey = {
      ...omit(key, "problem"),
      health,
      next_at: new Date(health.nextAt).toISOString(),
      last_checked_at: clock.formatNow(),
      ...(problem !== undefined && { problem }),
      ...(isRotated && { key_version: keyVersion, moving: key.moving || key.rewrap_after_rotation }),
    };
    tx.put("customer_managed_key", next, canary && { canary: toStored(canary) });
    const [before, after] = [computeKeyState(key, now).state, computeKeyState(next, now).state];
    if (before !== after || isRotated || key.health.refusals !== health.refusals)
      log({
        level: after === "active" || after === "rotating" ? "info" : "warn",
        event: "customer-key",
        projectId: key.project_id,
        state: after,
        look,
        refusals: health.refusals,
        keyVersion: next.key_version,
      });
  }
}

/**
 * The same, of what is known now: a key that is just being looked at is judged when the compute really starts.
 * @param now milliseconds @throws Refusal customerKeyRefusesStart
 */
export function assertMayQueueStart(tx: Tx, project: string, now: number): void {
  const key = tx.get("customer_managed_key", project);
  if (key && key.health.nextAt > now) assertStartAllowed(key, now);
}

function assertStartAllowed(key: StoredCustomerKey | undefined, now: number): void {
  if (key === undefined || judgeKey(key, now).startsAllowed) return;
  throw new Refusal("customerKeyRefusesStart", {
    reason: key.problem ?? "it was not opened for too long, and is checked again automatically",
  });
}

/** KMS keeps every version under one name. A vault that does not say its newest version has not refused the key. */
async function findNewestVersion(provider: KeyProvider, key: StoredCustomerKey, canary: WrappedKey): Promise<Partial<KeyCheckResult>> {
  if (provider.service !== "azureKeyVault") return {};
  try {
    if (!key.rewrap_after_rotation) return { keyVersion: (await provider.describe()).keyId };
    const moved = await rewrapCanary(provider, key.org_id, key.project_id, canary);
    return moved === canary ? {} : { canary: moved, keyVersion: moved.keyId };
  } catch (error) {
    if (error instanceof KeyFailure) return {};
    throw error;
  }
}

/** What the plane's own rules refuse counts as what the owner refuses: the operator, or the trust policy of the role, has taken it back. */
function classifyCheckError(error: unknown): KeyCheckOutcome | undefined {
  if (error instanceof KeyFailure) return toCheckOutcome(error) ?? "unavailable";
  if (isPalisadeError(error, "PAL_CMK_NOT_ALLOWED", "PAL_CMK_REFERENCE")) return "denied";
  return isPalisadeError(error, "PAL_CMK_NO_PACKAGE") ? "unavailable" : undefined;
}
