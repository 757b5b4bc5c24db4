import { isPalisadeError } from "@palisade/neon/contract/errors";
import type { ErasedObject } from "@palisade/neon/contract/wire/erasure";
import type { ErasureKeys } from "../encryption/erasureKeys.js";
import { computeFileSha256 } from "@palisade/neon/encryption/fileBytes";
import type { Store } from "../store/store.js";
import type { Clusters } from "./clusters.js";
import { findOwner } from "./sealPolicy.js";
import type { SealedLogFile } from "./sealedLog.js";

/** A sealed copy, its file, and how to try to open it. */
interface SealedCopy {
  readonly found: ErasedObject;
  readonly path: string;
  readonly assertOpens: () => Promise<void>;
}

/** The result of an erasure. */
export interface ErasureResult {
  readonly keys: readonly string[];
  readonly objects: readonly ErasedObject[];
}

/** Makes the data of branches unreadable by destroying their erasure keys; all that a branch has on this plane is sealed under its key before. */
export class Eraser {
  constructor(
    private readonly clusters: Clusters,
    private readonly keys: ErasureKeys,
    private readonly store: Store,
  ) {}

  isRunning(branchId: string): boolean {
    return this.clusters.isRunning(branchId);
  }

  /** The sealed copies that the keys of these branches open. */
  async listSealedCopies(branches: readonly string[]): Promise<readonly ErasedObject[]> {
    return (await this.listCopies(branches)).map(({ found }) => found);
  }

  /** Other branches that use sealed objects or log of these, and would lose them. */
  async listDependentBranches(branches: readonly string[]): Promise<readonly string[]> {
    const { storage: places, lineages } = this.clusters;
    const owned = new Set((places.log?.list() ?? []).flatMap(([lineage, { branch }]) => (branches.includes(branch) ? [lineage] : [])));
    const sharers = new Set<string>();
    for (const name of await places.list()) {
      const owner = findOwner(this.store, name)?.branch;
      if (owner === undefined || branches.includes(owner)) continue;
      const sealedFor = places.store?.find(name)?.context.branch;
      const lineage = await places.findLineage(name);
      const needsLog = lineage !== undefined && (await lineages.listChain(lineage)).some((id) => owned.has(id));
      if ((sealedFor !== undefined && branches.includes(sealedFor)) || needsLog) sharers.add(owner);
    }
    return [...sharers];
  }

  /** Of these branches, those whose data is still the sealed object of another branch, which goes on having it. */
  listSharedObjectOwners(branches: readonly string[]): readonly string[] {
    const { store } = this.clusters.storage;
    const lenders = branches.map((branch) => store?.find(branch)?.context.branch);
    return [...new Set(lenders)].filter((lender) => lender !== undefined && !branches.includes(lender)) as string[];
  }

  /**
   * Seals what the branches have as files, destroys their keys, and tries every object: none may open.
   * @throws PAL_COMPUTE for a compute that runs, KeyFailure where nothing can be sealed: then no key was destroyed
   */
  async erase(branches: readonly string[]): Promise<ErasureResult> {
    const names: string[] = [];
    for (const name of await this.clusters.storage.list()) {
      const owner = findOwner(this.store, name);
      if (owner && branches.includes(owner.branch)) names.push(name);
    }
    return this.clusters.runWhileStopped(names, async () => {
      for (const name of names) {
        const owner = findOwner(this.store, name);
        if (owner) await this.clusters.sealWithHistory(name, owner);
      }
      const copies = await this.listCopies(branches);
      const objects: ErasedObject[] = [];
      for (const { found, path } of copies) objects.push({ ...found, sha256: await computeFileSha256(path) });
      const keys = (await Promise.all(branches.map((branch) => this.keys.erase(branch)))).flat();
      for (const copy of copies) await assertErased(copy);
      return { keys, objects };
    });
  }

  /** Destroys the keys of branches that are no more and have left no copy. */
  async destroyUnusedKeys(): Promise<void> {
    const names = await this.clusters.storage.list();
    const needed = new Set(names.map((name) => findOwner(this.store, name)?.branch));
    for (const branch of this.keys.listBranches()) {
      const isThere = needed.has(branch) || this.store.transact((tx) => tx.get("branch", branch)) !== undefined;
      if (!isThere && (await this.listCopies([branch])).length === 0) await this.keys.erase(branch);
    }
  }

  private async listCopies(branches: readonly string[]): Promise<SealedCopy[]> {
    const { store, log } = this.clusters.storage;
    const copies: SealedCopy[] = [];
    const seen = new Set<string>();
    for (const [name, reference] of store?.list() ?? []) {
      const { branch, purpose, object } = reference.context;
      if (!branches.includes(branch) || seen.has(object)) continue;
      seen.add(object);
      copies.push({
        found: { name, branch_id: branch, purpose, object, bytes: (await store?.readSize(reference)) ?? 0 },
        path: store?.getPath(reference) ?? "",
        assertOpens: () => store?.assertOpens(name) ?? Promise.resolve(),
      });
    }
    for (const [lineage, { branch }] of log?.list() ?? [])
      if (log && branches.includes(branch))
        for (const file of await log.listFiles(lineage)) copies.push(await this.buildLogCopy(file, branch));
    return copies;
  }

  private async buildLogCopy(file: SealedLogFile, branch: string): Promise<SealedCopy> {
    const { log } = this.clusters.storage;
    const found = { name: `log/${file.lineage}`, branch_id: branch, purpose: "wal", object: `${file.lineage}/${file.name}` };
    return {
      found: { ...found, bytes: (await log?.readSize(file)) ?? 0 },
      path: log?.getPath(file) ?? "",
      assertOpens: () => log?.assertOpens(file) ?? Promise.resolve(),
    };
  }
}

/** @throws when it opens all the same, which is a fault of this program */
async function assertErased({ found, assertOpens }: SealedCopy): Promise<void> {
  try {
    await assertOpens();
  } catch (error) {
    if (isPalisadeError(error, "PAL_ERASED")) return;
    throw error;
  }
  throw new Error(`${found.object} still opens after its erasure key was destroyed`);
}
