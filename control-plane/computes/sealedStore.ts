import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isPalisadeError, PalisadeError } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { z } from "zod";
import { PURPOSES, type SealContext } from "@palisade/neon/encryption/sealContext";
import { flushDirectory, replaceFile } from "@palisade/neon/encryption/durableFile";
import type { Sealer } from "../encryption/erasureKeys.js";
import { assertOpens, openSealedDirectory, sealDirectory } from "../encryption/sealedDirectory.js";
import type { Owner } from "../encryption/tarArchive.js";

/** What is known of a sealed cluster without opening it. */
export interface ClusterFacts {
  /** Its stretch of log (lineages.ts); none is kept for a snapshot. */
  readonly lineage?: string | undefined;
  /** Where its log goes on. */
  readonly redo: string;
  /** Stopped in order. */
  readonly isClean: boolean;
}

/** Which sealed object has the contents of a cluster. Several clusters may share one; it keeps the context that it was sealed for. */
export interface SealedReference {
  readonly context: SealContext;
  readonly facts: ClusterFacts;
}

const referenceShape = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  context: z.strictObject({
    organization: z.string(),
    project: z.string(),
    branch: z.string(),
    purpose: z.enum(PURPOSES),
    object: z.string(),
  }),
  facts: z.strictObject({ lineage: z.string().optional(), redo: z.string(), isClean: z.boolean() }),
});

const [OBJECTS, NAMES] = ["objects", "names"];
const SUFFIX = ".sealed";

/**
 * Sealed objects, and by which names they are used: an object is a file that never changes, a name is a small file that says which one. So a copy is
 * a second name, and the object goes with its last one. One process owns the folder; each change is on the disk before its call resolves, and what a
 * crash leaves is an object that no name uses, which the next start removes.
 */
export class SealedStore {
  private readonly references = new Map<string, SealedReference>();

  private constructor(
    private readonly folder: string,
    private readonly keys: Sealer,
  ) {}

  /**
   * @param folder made when missing; the plane's own, closed to others
   * @param log gets each name that cannot be read; while there is one, no object counts as unused
   */
  static async open(folder: string, keys: Sealer, log: (line: PlaneLogLine) => void): Promise<SealedStore> {
    for (const each of [folder, join(folder, OBJECTS), join(folder, NAMES)]) await mkdir(each, { recursive: true, mode: 0o700 });
    const store = new SealedStore(folder, keys);
    let isWhole = true;
    for (const file of await readdir(join(folder, NAMES))) {
      if (!file.endsWith(".json")) {
        await rm(join(folder, NAMES, file));
        continue;
      }
      const read = await readReference(join(folder, NAMES, file));
      if (read) store.references.set(read.name, read.reference);
      else {
        isWhole = false;
        log({ level: "error", event: "sealed-name-unreadable", file });
      }
    }
    if (!isWhole) return store;
    const used = new Set([...store.references.values()].map(({ context }) => `${context.object}${SUFFIX}`));
    for (const file of await readdir(join(folder, OBJECTS))) if (!used.has(file)) await rm(join(folder, OBJECTS, file));
    return store;
  }

  find(name: string): SealedReference | undefined {
    return this.references.get(name);
  }

  /** All names and what they stand for. */
  list(): readonly (readonly [string, SealedReference])[] {
    return [...this.references];
  }

  /** Objects of a project. */
  count(project: string): number {
    const own = this.list().filter(([, { context }]) => context.project === project);
    return new Set(own.map(([, { context }]) => context.object)).size;
  }

  getPath({ context }: Pick<SealedReference, "context">): string {
    return join(this.folder, OBJECTS, `${context.object}${SUFFIX}`);
  }

  /**
   * Seals a directory under a name; what the name stood for before goes once that is done. The directory stays.
   * @throws KeyFailure, PAL_FILE, and the signal's reason
   */
  async seal(
    name: string,
    directory: string,
    { context, facts }: { context: Omit<SealContext, "object">; facts: ClusterFacts },
    signal?: AbortSignal,
  ): Promise<void> {
    // An object of an earlier time must not pass for this one: so each has an id of its own.
    const object = `${name.replaceAll("/", "-")}-${randomBytes(8).toString("hex")}`;
    const reference = { context: { ...context, object }, facts };
    await sealDirectory(this.keys, directory, this.getPath(reference), reference.context, signal);
    const before = this.references.get(name);
    await this.put(name, reference);
    if (before) await this.removeUnused(before);
  }

  /** Opens what a name stands for into a directory, which must not be there. @throws naming the cluster: KeyFailure, PAL_SEALED_DAMAGED, PAL_ERASED */
  async openInto(name: string, directory: string, owner: Owner | undefined): Promise<void> {
    const reference = this.getReference(name);
    await addNameToErrors(name, () => openSealedDirectory(this.keys, this.getPath(reference), directory, reference.context, owner));
  }

  /** Whether its key opens it. @throws as {@link openInto} */
  async assertOpens(name: string): Promise<void> {
    const reference = this.getReference(name);
    await addNameToErrors(name, () => assertOpens(this.keys, this.getPath(reference), reference.context));
  }

  /** A second name for the same object, whatever its size. */
  share(from: string, to: string, facts: ClusterFacts): Promise<void> {
    return this.put(to, { context: this.getReference(from).context, facts });
  }

  changeFacts(name: string, facts: ClusterFacts): Promise<void> {
    return this.put(name, { ...this.getReference(name), facts });
  }

  async rename(from: string, to: string): Promise<void> {
    const before = this.references.get(to);
    await this.put(to, this.getReference(from));
    await this.remove(from);
    if (before) await this.removeUnused(before);
  }

  /** Removes a name, and with the last one the object. Nothing to do for a name that is not there. */
  async remove(name: string): Promise<void> {
    const reference = this.references.get(name);
    if (!reference) return;
    await rm(this.getNamePath(name), { force: true });
    await flushDirectory(join(this.folder, NAMES));
    this.references.delete(name);
    await this.removeUnused(reference);
  }

  /** Bytes of the sealed file. */
  async readSize(reference: SealedReference): Promise<number> {
    return (await stat(this.getPath(reference))).size;
  }

  private async put(name: string, reference: SealedReference): Promise<void> {
    const before = this.references.get(name);
    // Before it is on the disk: nobody may take away the object meanwhile.
    this.references.set(name, reference);
    try {
      await replaceFile(this.getNamePath(name), (file) => file.writeFile(`${JSON.stringify({ version: 1, name, ...reference })}\n`));
    } catch (error) {
      if (before) this.references.set(name, before);
      else this.references.delete(name);
      throw error;
    }
  }

  private async removeUnused(reference: SealedReference): Promise<void> {
    const { object } = reference.context;
    if ([...this.references.values()].some(({ context }) => context.object === object)) return;
    await rm(this.getPath(reference), { force: true });
    await flushDirectory(join(this.folder, OBJECTS));
  }

  private getNamePath(name: string): string {
    return join(this.folder, NAMES, `${name.replaceAll("/", "+")}.json`);
  }

  private getReference(name: string): SealedReference {
    const reference = this.references.get(name);
    if (!reference) throw new PalisadeError("PAL_COMPUTE", `${name} has no sealed object`);
    return reference;
  }
}

async function readReference(path: string): Promise<{ name: string; reference: SealedReference } | undefined> {
  try {
    const { name, context, facts } = referenceShape.parse(JSON.parse(await readFile(path, "utf8")));
    return { name, reference: { context, facts } };
  } catch {
    return undefined;
  }
}

/** Adds the name of the cluster to the error. */
export async function addNameToErrors<R>(name: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    for (const code of ["PAL_SEALED_DAMAGED", "PAL_SEALED_NEWER", "PAL_ERASED"] as const)
      if (isPalisadeError(error, code)) throw new PalisadeError(code, `${name}: ${error.detail}`);
    throw error;
  }
}
