import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { z } from "zod";
import type { SealContext } from "@palisade/neon/encryption/sealContext";
import { flushDirectory, replaceFile } from "@palisade/neon/encryption/durableFile";
import type { BranchContext, ErasureKeys } from "../encryption/erasureKeys.js";
import { assertOpens, openSealedFile, sealFile } from "../encryption/sealedDirectory.js";
import { runCommand } from "./fileTrees.js";
import { addNameToErrors } from "./sealedStore.js";
import { writeOwnedFileWith, type ClusterSetup } from "./clusterSetup.js";

const OWNER_FILE = "branch.json";
const SUFFIX = ".sealed";
/** What Postgres' module writes before a file is whole. */
const TEMPORARY_PREFIX = "archtemp.";

const ownerShape = z.strictObject({ organization: z.string(), project: z.string(), branch: z.string() });

/** A file of archived log, sealed. */
export interface SealedLogFile {
  readonly lineage: string;
  readonly name: string;
}

/** Archived files of the log, each sealed under a data key of its own, in one folder for each lineage that says whose branch it was archived for. */
export class SealedLog {
  private constructor(
    private readonly setup: ClusterSetup,
    private readonly folder: string,
    private readonly keys: ErasureKeys,
    private readonly owners: Map<string, BranchContext>,
  ) {}

  static async open(setup: ClusterSetup, folder: string, keys: ErasureKeys): Promise<SealedLog> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const owners = new Map<string, BranchContext>();
    for (const lineage of await readdir(folder)) {
      const owner = await readOwner(join(folder, lineage, OWNER_FILE));
      if (owner) owners.set(lineage, owner);
      for (const file of await readdir(join(folder, lineage))) if (file.endsWith(".draft")) await rm(join(folder, lineage, file));
    }
    return new SealedLog(setup, folder, keys, owners);
  }

  /** Seals what lies in an archive that nobody writes to meanwhile, and removes it there. Can be repeated. @throws KeyFailure, PAL_FILE */
  async sealArchive(lineage: string, archive: string, branch: BranchContext): Promise<void> {
    const names = (await readdir(archive)).filter((name) => !name.startsWith(TEMPORARY_PREFIX));
    if (names.length === 0) return;
    await this.ensureOwner(lineage, branch);
    const { runAs } = this.setup.postgres;
    await this.keys.runSession(async (session) => {
      for (const name of names)
        await sealFile(session, join(archive, name), this.getPath({ lineage, name }), this.getContext({ lineage, name }), runAs);
    });
    await runCommand(["rm", "-f", "--", ...names.map((name) => join(archive, name))], runAs);
  }

  async listFiles(lineage: string): Promise<SealedLogFile[]> {
    if (!this.owners.has(lineage)) return [];
    const files = await readdir(join(this.folder, lineage));
    return files.filter((file) => file.endsWith(SUFFIX)).map((file) => ({ lineage, name: file.slice(0, -SUFFIX.length) }));
  }

  /** A path whose date is that of the file, and whose size is nearly it. */
  getPath({ lineage, name }: SealedLogFile): string {
    return join(this.folder, lineage, `${name}${SUFFIX}`);
  }

  /** Bytes of the sealed file. */
  async readSize(file: SealedLogFile): Promise<number> {
    return (await stat(this.getPath(file))).size;
  }

  /** Opens files into a folder that Postgres' user may write to. @throws KeyFailure, PAL_SEALED_DAMAGED, PAL_ERASED */
  openInto(files: readonly SealedLogFile[], folder: string): Promise<void> {
    return this.keys.runSession(async (session) => {
      for (const file of files)
        await addNameToErrors(`the log of ${this.getContext(file).branch}`, () =>
          writeOwnedFileWith(this.setup, join(folder, file.name), (handle) =>
            openSealedFile(session, this.getPath(file), handle, this.getContext(file)),
          ),
        );
    });
  }

  /** @throws as {@link openInto} */
  assertOpens(file: SealedLogFile): Promise<void> {
    return assertOpens(this.keys, this.getPath(file), this.getContext(file));
  }

  /** Lineages with sealed log, and whose erasure key it is under. */
  list(): readonly (readonly [string, BranchContext])[] {
    return [...this.owners];
  }

  async discard(lineage: string): Promise<void> {
    if (!this.owners.delete(lineage)) return;
    await rm(join(this.folder, lineage), { recursive: true, force: true });
    await flushDirectory(this.folder);
  }

  getContext({ lineage, name }: SealedLogFile): SealContext {
    const owner = this.owners.get(lineage);
    if (!owner) throw new PalisadeError("PAL_SEALED_DAMAGED", `nothing says whose the log ${lineage} is`);
    return { ...owner, purpose: "wal", object: `${lineage}/${name}` };
  }

  private async ensureOwner(lineage: string, { organization, project, branch }: BranchContext): Promise<void> {
    if (this.owners.has(lineage)) return;
    const owner = { organization, project, branch };
    await mkdir(join(this.folder, lineage), { recursive: true, mode: 0o700 });
    await replaceFile(join(this.folder, lineage, OWNER_FILE), (file) => file.writeFile(JSON.stringify(owner)));
    await flushDirectory(this.folder);
    this.owners.set(lineage, owner);
  }
}

async function readOwner(path: string): Promise<BranchContext | undefined> {
  try {
    return ownerShape.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}
