import { randomBytes } from "node:crypto";
import { PalisadeError } from "../../contract/errors.js";
import { z } from "zod";
import { encodeFields, encodeKeyContext, type KeyContext } from "../sealContext.js";
import { unwrapKey, useKey, wrapKey } from "../keyWrap.js";
import { readSecretFile, writeSecretFile } from "../secretFile.js";
import { KEY_BYTES } from "../sealedStream.js";
import { KeyFailure, type KeyFailureKind } from "./keyFailure.js";
import type { KeyDescription, KeyProvider, KeyState, WrappedKey } from "./keyProvider.js";

const fileShape = z.strictObject({
  version: z.literal(1),
  state: z.enum(["enabled", "disabled", "pendingDeletion"]),
  deletedAt: z.string().optional(),
  /** The last one wraps, all of them open. */
  keys: z.array(z.strictObject({ id: z.string(), key: z.base64() })).min(1),
});
type KeyFile = z.infer<typeof fileShape>;

export const LOCAL_REFERENCE = "the local key";

/**
 * The key of whoever has none: a file of this machine (0600) with every version of it. It protects copies that leave the machine, and nothing from
 * the machine's own users; it can be rotated, disabled and deleted as those of the clouds can.
 */
export class LocalKms implements KeyProvider {
  readonly service = "localKms";
  readonly reference = LOCAL_REFERENCE;
  private changing: Promise<unknown> = Promise.resolve();

  private constructor(private readonly path: string) {}

  /** Makes the file when there is none. @throws PAL_KEYRING when it is not ours, or cannot be read */
  static async open(path: string): Promise<LocalKms> {
    const kms = new LocalKms(path);
    if ((await readSecretFile(path)) === undefined) await kms.write({ version: 1, state: "enabled", keys: [createVersion()] });
    await kms.readFile();
    return kms;
  }

  async describe(): Promise<KeyDescription> {
    const file = await this.readFile();
    return { state: file.state, keyId: getNewestVersion(file).id, ...(file.deletedAt !== undefined && { deletedAt: file.deletedAt }) };
  }

  async createDataKey(context: KeyContext): Promise<{ plaintext: Buffer; wrapped: WrappedKey }> {
    const plaintext = randomBytes(KEY_BYTES);
    return { plaintext, wrapped: await this.wrap(plaintext, context) };
  }

  async unwrap({ service, keyId, bytes }: WrappedKey, context: KeyContext): Promise<Buffer> {
    const file = await this.readUsable();
    const version = service === "localKms" ? file.keys.find(({ id }) => id === keyId) : undefined;
    const plaintext = version && unwrapKey(Buffer.from(version.key, "base64"), bytes, buildAssociatedData(keyId, context));
    if (plaintext === undefined) throw this.createFailure("invalid", "wrong key or context");
    return plaintext;
  }

  async rewrap(wrapped: WrappedKey, context: KeyContext, source: KeyProvider = this): Promise<WrappedKey> {
    if (source === this && wrapped.keyId === getNewestVersion(await this.readUsable()).id) return wrapped;
    return useKey(source.unwrap(wrapped, context), (key) => this.wrap(key, context));
  }

  /** Makes a new version; earlier ones go on opening what they wrapped. */
  rotate(): Promise<void> {
    return this.change((file) => ({ ...file, keys: [...file.keys, createVersion()] }));
  }

  /** @param deletedAt RFC 3339, with the state `pendingDeletion` */
  setState(state: KeyState, deletedAt?: string): Promise<void> {
    return this.change(({ deletedAt: _, ...file }) => ({ ...file, state, ...(deletedAt !== undefined && { deletedAt }) }));
  }

  private async wrap(plaintext: Uint8Array, context: KeyContext): Promise<WrappedKey> {
    const { id, key } = getNewestVersion(await this.readUsable());
    return { service: this.service, keyId: id, bytes: wrapKey(Buffer.from(key, "base64"), plaintext, buildAssociatedData(id, context)) };
  }

  private async readUsable(): Promise<KeyFile> {
    const file = await this.readFile();
    if (file.state === "disabled") throw this.createFailure("disabled", "disabled");
    if (file.state === "pendingDeletion") throw this.createFailure("pendingDeletion", "pendingDeletion", file.deletedAt);
    return file;
  }

  /** Read for each use: the state may have been changed by another process, and no copy of the key stays in memory. */
  private async readFile(): Promise<KeyFile> {
    const text = await readSecretFile(this.path);
    if (text === undefined) throw this.createFailure("notFound", "no such file");
    try {
      return fileShape.parse(JSON.parse(text));
    } catch {
      throw new PalisadeError("PAL_KEYRING", `${this.path} is not a local key of this release`);
    }
  }

  private change(edit: (file: KeyFile) => KeyFile): Promise<void> {
    const changed = this.changing.then(async () => this.write(edit(await this.readFile())));
    this.changing = changed.catch(() => undefined);
    return changed;
  }

  private write(file: KeyFile): Promise<void> {
    return writeSecretFile(this.path, `${JSON.stringify(file)}\n`);
  }

  private createFailure(kind: KeyFailureKind, code: string, deletedAt?: string): KeyFailure {
    return new KeyFailure(kind, this.reference, { source: "localKms", code }, deletedAt && `it is deleted at ${deletedAt}`);
  }
}

const createVersion = (): KeyFile["keys"][number] => ({
  id: `local-${randomBytes(8).toString("hex")}`,
  key: randomBytes(KEY_BYTES).toString("base64"),
});

function getNewestVersion({ keys }: KeyFile): KeyFile["keys"][number] {
  const last = keys.at(-1);
  if (last === undefined) throw new Error("a local key has a version");
  return last;
}

const buildAssociatedData = (keyId: string, context: KeyContext): Buffer =>
  Buffer.concat([encodeFields([keyId]), encodeKeyContext(context)]);
