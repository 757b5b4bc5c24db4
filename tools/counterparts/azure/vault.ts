import { constants, createPrivateKey, generateKeyPair, type JsonWebKey, privateDecrypt, publicEncrypt, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** A refusal as Key Vault gives it: status, code, and a more specific inner code. */
export class VaultError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly inner?: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

interface Attributes {
  enabled: boolean;
  /** Seconds since 1970. */
  exp?: number;
  nbf?: number;
  created: number;
  updated: number;
}

interface Version {
  readonly id: string;
  readonly pem: string;
  readonly jwk: JsonWebKey;
  readonly operations: readonly string[];
  readonly attributes: Attributes;
}

/** What is sent with a call; what is not used here is left out. */
export interface VaultInput {
  readonly kty?: string;
  readonly key_size?: number;
  readonly key_ops?: readonly string[];
  readonly attributes?: Partial<Attributes>;
  readonly alg?: string;
  /** Base64url. */
  readonly value?: string;
  readonly lifetimeActions?: readonly object[];
}

/** What a key has that nobody gave a policy. */
const NO_ROTATION = { lifetimeActions: [{ trigger: { timeBeforeExpiry: "P30D" }, action: { type: "Notify" } }], attributes: {} };

type CryptoOperation = "wrapKey" | "unwrapKey";

const RECOVERABLE_DAYS = 90;
const DAY_SECONDS = 86_400;
const OAEP_HASHES: Readonly<Record<string, string>> = { "RSA-OAEP": "sha1", "RSA-OAEP-256": "sha256" };
const generate = promisify(generateKeyPair);
const getCurrentSeconds = (): number => Math.floor(Date.now() / 1_000);

/** The state of a vault and its rules: RSA keys with their versions, disabled, deleted, recovered and purged. */
export class Vault {
  private readonly keys = new Map<string, Version[]>();
  private readonly policies = new Map<string, object>();
  private readonly deleted = new Map<string, { readonly versions: Version[]; readonly at: number }>();

  /** @param base `https://NAME.vault.azure.net` */
  constructor(private readonly base: string) {}

  async create(name: string, { kty, key_size = 2_048, key_ops = ["wrapKey", "unwrapKey"], attributes = {} }: VaultInput): Promise<object> {
    if (this.deleted.has(name)) {
      const message = `Key ${name} is currently in a deleted but recoverable state, and its name cannot be reused`;
      throw new VaultError(409, "Conflict", message, "ObjectIsDeletedButRecoverable");
    }
    if (kty !== "RSA") throw new VaultError(400, "BadParameter", `Key type ${kty ?? ""} needs another tier`);
    const version = await createVersion(key_size, key_ops, attributes);
    this.keys.set(name, [...(this.keys.get(name) ?? []), version]);
    return this.formatBundle(name, version);
  }

  has(name: string): boolean {
    return this.keys.has(name);
  }

  listNames(): string[] {
    return [...this.keys.keys()];
  }

  async rotate(name: string): Promise<object> {
    const versions = this.getVersions(name);
    const version = await createVersion(2_048, versions.at(-1)?.operations ?? [], {});
    versions.push(version);
    return this.formatBundle(name, version);
  }

  get(name: string, id?: string): object {
    return this.formatBundle(name, this.getVersion(name, id));
  }

  update(name: string, id: string | undefined, { attributes = {} }: VaultInput): object {
    const version = this.getVersion(name, id);
    Object.assign(version.attributes, attributes, { updated: getCurrentSeconds() });
    return this.formatBundle(name, version);
  }

  delete(name: string): object {
    const gone = { versions: this.getVersions(name), at: getCurrentSeconds() };
    this.keys.delete(name);
    this.deleted.set(name, gone);
    return this.getDeleted(name);
  }

  getDeleted(name: string): object {
    const { versions, at } = this.getDeletedEntry(name);
    return {
      recoveryId: `${this.base}/deletedkeys/${name}`,
      deletedDate: at,
      scheduledPurgeDate: at + RECOVERABLE_DAYS * DAY_SECONDS,
      ...this.formatBundle(name, getLastVersion(versions)),
    };
  }

  recover(name: string): object {
    const { versions } = this.getDeletedEntry(name);
    this.deleted.delete(name);
    this.keys.set(name, versions);
    return this.formatBundle(name, getLastVersion(versions));
  }

  purge(name: string): void {
    this.getDeletedEntry(name);
    this.deleted.delete(name);
  }

  /** RSA-OAEP by the private key's own rules: wrapping stops at the end of a key, unwrapping does not. */
  performOperation(operation: CryptoOperation, name: string, id: string | undefined, { alg = "", value = "" }: VaultInput): object {
    const version = this.getVersion(name, id);
    const { enabled, exp, nbf } = version.attributes;
    const forbid = (why: string, inner: string) => new VaultError(403, "Forbidden", `Operation ${operation} is not allowed ${why}`, inner);
    if (!enabled) throw forbid("on a disabled key.", "KeyDisabled");
    if (operation === "wrapKey" && exp !== undefined && getCurrentSeconds() >= exp) throw forbid("on an expired key.", "KeyExpired");
    if (operation === "wrapKey" && nbf !== undefined && getCurrentSeconds() < nbf)
      throw forbid("before the key's activation date.", "KeyNotYetValid");
    if (!version.operations.includes(operation)) throw forbid("by the key's permitted operations.", "KeyOperationForbidden");
    const oaepHash = OAEP_HASHES[alg];
    if (oaepHash === undefined) throw new VaultError(400, "BadParameter", `Algorithm ${alg} is not supported`);
    const key = { key: createPrivateKey(version.pem), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
    const apply = operation === "wrapKey" ? publicEncrypt : privateDecrypt;
    try {
      const result = apply(key, Buffer.from(value, "base64url"));
      return { kid: this.formatKid(name, version), value: result.toString("base64url") };
    } catch {
      throw new VaultError(400, "BadParameter", "The parameter is incorrect.");
    }
  }

  /** Stored and returned; this double rotates only by `rotate`. */
  getRotationPolicy(name: string): object {
    this.getVersions(name);
    return { id: `${this.base}/keys/${name}/rotationpolicy`, ...(this.policies.get(name) ?? NO_ROTATION) };
  }

  setRotationPolicy(name: string, { lifetimeActions = [], attributes = {} }: VaultInput): object {
    this.getVersions(name);
    this.policies.set(name, { lifetimeActions, attributes });
    return this.getRotationPolicy(name);
  }

  private getVersions(name: string): Version[] {
    const versions = this.keys.get(name);
    if (versions === undefined) throw new VaultError(404, "KeyNotFound", `A key with (name/id) ${name} was not found in this key vault.`);
    return versions;
  }

  private getDeletedEntry(name: string): { readonly versions: Version[]; readonly at: number } {
    const found = this.deleted.get(name);
    if (found === undefined) throw new VaultError(404, "KeyNotFound", `Deleted Key not found: ${name}`);
    return found;
  }

  private getVersion(name: string, id: string | undefined): Version {
    const versions = this.getVersions(name);
    const version = id === undefined ? versions.at(-1) : versions.find((one) => one.id === id);
    if (version === undefined)
      throw new VaultError(404, "KeyNotFound", `A key with (name/id) ${name}/${id ?? ""} was not found in this key vault.`);
    return version;
  }

  private formatKid(name: string, { id }: Version): string {
    return `${this.base}/keys/${name}/${id}`;
  }

  private formatBundle(name: string, version: Version): object {
    const { n, e } = version.jwk;
    return {
      key: { kid: this.formatKid(name, version), kty: "RSA", key_ops: version.operations, n, e },
      attributes: { ...version.attributes, recoveryLevel: "Recoverable+Purgeable", recoverableDays: RECOVERABLE_DAYS },
    };
  }
}

async function createVersion(modulusLength: number, operations: readonly string[], attributes: Partial<Attributes>): Promise<Version> {
  const { privateKey } = await generate("rsa", { modulusLength });
  return {
    id: randomBytes(16).toString("hex"),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    jwk: privateKey.export({ format: "jwk" }),
    operations,
    attributes: { enabled: true, ...attributes, created: getCurrentSeconds(), updated: getCurrentSeconds() },
  };
}

function getLastVersion(versions: readonly Version[]): Version {
  const last = versions.at(-1);
  if (last === undefined) throw new Error("a key has a version");
  return last;
}
