import { isPalisadeError, messageOf } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Clock } from "../../clock.js";
import { judgeKey, rulesOf, stateOf } from "../../domain/customerKeys.js";
import { Refusal } from "../../domain/refusals.js";
import { without } from "../../domain/values.js";
import { KeyFailure } from "../../encryption/keys/failure.js";
import type { KeyProvider, WrappedKey } from "../../encryption/keys/provider.js";
import { afterLook, type Look, lookOf } from "../../encryption/revocation.js";
import type { StoredCustomerKey } from "../../store/kinds.js";
import type { Store, Tx } from "../../store/store.js";
import { fromStored, isAboutCanary, makeCanary, openCanary, rewrapCanary, toStored } from "./canary.js";
import type { CustomerKeyProviders } from "./providers.js";

export interface KeyLooksOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly providers: CustomerKeyProviders;
  readonly log: (line: PlaneLogLine) => void;
  /** 0 to 1. Default: Math.random */
  readonly random?: (() => number) | undefined;
}

/** How a look ended, and what the canary is wrapped by from now on. */
interface Seen {
  readonly look: Look;
  readonly problem?: string;
  readonly canary?: WrappedKey;
  readonly keyVersion?: string;
}

/** Looks now and then whether the keys of projects may still be used, and says what follows from it. */
export class KeyLooks {
  /** One at a time for each project; who asks meanwhile waits for it. */
  private readonly looking = new Map<string, Promise<void>>();
  private isClosed = false;

  constructor(private readonly options: KeyLooksOptions) {}

  /** Projects whose keys are to be looked at. */
  due(): string[] {
    const { store, clock } = this.options;
    const due = { column: "next_at", at: clock.at() } as const;
    return store.transaction((tx) => tx.list("customer_managed_key", { due })).map(({ project_id }) => project_id);
  }

  /** Opens the canary of the project's key, and writes down how that went. Never rejects for what a service answers. */
  look(project: string): Promise<void> {
    const looking = this.looking.get(project) ?? this.lookNow(project).finally(() => this.looking.delete(project));
    this.looking.set(project, looking);
    return looking;
  }

  /** The project's key as it is after a look; `undefined` where it has none. */
  async lookAt(project: string): Promise<StoredCustomerKey | undefined> {
    await this.look(project);
    return this.find(project);
  }

  /**
   * Whether a compute of the project may start. A look that is due is waited for: after a pause of the plane nobody knows how the key is.
   * @throws Refusal customerKeyRefusesStart
   */
  async assertMayStart(project: string): Promise<void> {
    const { clock } = this.options;
    const known = this.find(project);
    const key = known && known.health.nextAt <= clock.now() ? await this.lookAt(project) : known;
    assertStartAllowed(key, clock.now());
  }

  /** Writes nothing down any more: what is still asked of a service is not waited for. */
  close(): void {
    this.isClosed = true;
  }

  private find(project: string): StoredCustomerKey | undefined {
    return this.options.store.transaction((tx) => tx.get("customer_managed_key", project));
  }

  private async lookNow(project: string): Promise<void> {
    const { store } = this.options;
    const [key, sealed] = store.transaction((tx) => [tx.get("customer_managed_key", project), tx.sealed("customer_managed_key", project)]);
    if (key === undefined || sealed === undefined) return;
    const seen = await this.see(key, fromStored(sealed.canary));
    if (this.isClosed) return;
    store.transaction((tx) => {
      this.remember(tx, key, seen);
    });
  }

  private async see(key: StoredCustomerKey, canary: WrappedKey): Promise<Seen> {
    try {
      const provider = this.options.providers.named(key);
      try {
        await openCanary(provider, key.org_id, key.project_id, canary);
      } catch (error) {
        if (!isAboutCanary(error)) throw error;
        const made = await makeCanary(provider, key.org_id, key.project_id);
        return { look: "opened", canary: made, keyVersion: made.keyId };
      }
      return { look: "opened", ...(await newestOf(provider, key, canary)) };
    } catch (error) {
      const look = lookAt(error);
      if (look === undefined) throw error;
      return { look, problem: messageOf(error) };
    }
  }

  /** Not where the key was replaced or removed meanwhile: what was seen is of another one. */
  private remember(tx: Tx, asked: StoredCustomerKey, { look, problem, canary, keyVersion }: Seen): void {
    const { clock, log, random = Math.random } = this.options;
    const key = tx.get("customer_managed_key", asked.project_id);
    if (key?.updated_at !== asked.updated_at) return;
    const now = clock.now();
    const health = afterLook(key.health, look, now, rulesOf(key), random());
    const isRotated = keyVersion !== undefined && keyVersion !== key.key_version;
    const next: StoredCustomerKey = {
      ...without(key, "problem"),
      ...{ health, next_at: new Date(health.nextAt).toISOString(), last_checked_at: clock.at() },
      ...(problem !== undefined && { problem }),
      ...(isRotated && { key_version: keyVersion, moving: key.moving || key.rewrap_after_rotation }),
    };
    tx.put("customer_managed_key", next, canary && { canary: toStored(canary) });
    const [before, after] = [stateOf(key, now).state, stateOf(next, now).state];
    if (before !== after || isRotated || key.health.refusals !== health.refusals)
      log({
        ...{ level: after === "active" || after === "rotating" ? "info" : "warn", event: "customer-key", projectId: key.project_id },
        ...{ state: after, look, refusals: health.refusals, keyVersion: next.key_version },
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
    reason: key.problem ?? "it was not opened for too long, and is looked at again by itself",
  });
}

/** KMS keeps every version under one name. A vault that does not say its newest version has not refused the key. */
async function newestOf(provider: KeyProvider, key: StoredCustomerKey, canary: WrappedKey): Promise<Partial<Seen>> {
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
function lookAt(error: unknown): Look | undefined {
  if (error instanceof KeyFailure) return lookOf(error) ?? "unavailable";
  if (isPalisadeError(error, "PAL_CMK_NOT_ALLOWED", "PAL_CMK_REFERENCE")) return "denied";
  return isPalisadeError(error, "PAL_CMK_NO_PACKAGE") ? "unavailable" : undefined;
}
