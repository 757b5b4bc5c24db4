import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as promises from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import * as fc from "fast-check";
import { Clock } from "../../../control-plane/clock.js";
import { ClusterStorage, type SealPolicy } from "../../../control-plane/computes/clusterStorage.js";
import type { ClusterSetup } from "../../../control-plane/computes/clusterSetup.js";
import { createLocalProviders, openKeyStore, type KeyStore } from "../../../control-plane/encryption/keyStore.js";

/**
 * Random lives of small clusters: written, stopped, branched, kept as snapshots, reset, removed, put under new keys, refused by their key, and cut
 * off by a crash at any step of the disk. The sealing is the real one; there is no Postgres.
 */

/** A disk that stops at a given step: from then on nothing is done any more, tidying up included. Flushes cost time and change nothing here. */
const mockDisk = { stepsLeft: Infinity };
jest.mock("node:fs/promises", () => {
  const real = jest.requireActual<Record<string, (...words: unknown[]) => Promise<unknown>>>("node:fs/promises");
  const crashing =
    (work: (...words: unknown[]) => Promise<unknown>) =>
    async (...words: unknown[]): Promise<unknown> => {
      if (mockDisk.stepsLeft-- <= 0) throw new Error("crashed");
      return work(...words);
    };
  const watched = (file: FileHandle): FileHandle =>
    new Proxy(file, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found !== "function") return found;
        if (name === "sync") return crashing(() => Promise.resolve());
        const method = found.bind(target) as (...words: unknown[]) => Promise<unknown>;
        return ["close", "read", "stat"].includes(String(name)) ? method : crashing(method);
      },
    });
  const open = real["open"];
  const changing = ["mkdir", "rename", "rm", "symlink", "lchown"].map((name) => [
    name,
    crashing(real[name] ?? (() => Promise.reject(new Error(name)))),
  ]);
  return {
    ...real,
    ...(Object.fromEntries(changing) as object),
    open: crashing(async (...words) => watched((await open?.(...words)) as FileHandle)),
  };
});
/** The programs that copy and remove, in this process. */
jest.mock("../../../control-plane/computes/fileTrees.js", () => {
  const { cp, rename, rm } = jest.requireActual<typeof promises>("node:fs/promises");
  const step = () => {
    if (mockDisk.stepsLeft-- <= 0) throw new Error("crashed");
  };
  const removeTree = async (path: string) => {
    step();
    await rm(path, { recursive: true, force: true });
  };
  return {
    removeTree,
    copyTree: async (from: string, to: string) => {
      step();
      await cp(from, to, { recursive: true });
      step();
    },
    runCommand: async ([command = "", ...words]: string[]) => {
      step();
      if (command !== "mv") throw new Error(`${command} is not needed here`);
      await rename(words[1] ?? "", words[2] ?? "");
    },
  };
});

const [HISTORIES, STEPS] = [320, 10];
const NAMES = ["br-a", "br-b", "br-c", "snap-d"];
const policy: SealPolicy = (name) =>
  /^(br|snap)-/.test(name) ? { organization: "o", project: "p", branch: name.replace("snap-", "br-"), purpose: "stopped" } : undefined;

/** As much of a cluster as the plane itself reads: a control file with a state and a place in the log. */
function controlFile(redo: number): Buffer {
  const bytes = Buffer.alloc(8_192);
  bytes.writeUInt32LE(1, 16);
  bytes.writeBigUInt64LE(BigInt(redo), 40);
  return bytes;
}

class Life {
  private readonly site: ClusterSetup;
  private places!: ClusterStorage;
  private vault!: KeyStore;
  /** What each cluster must have. */
  readonly contents = new Map<string, string>();
  private writes = 0;

  constructor(private readonly directory: string) {
    this.site = {
      directory: join(directory, "clusters"),
      postgres: { bin: "", major: 18, origin: "system", runAs: undefined },
    } as ClusterSetup;
    for (const folder of ["clusters", "clusters/unfinished"]) mkdirSync(join(directory, folder));
    this.writeFiles("template-18", "", 0);
  }

  /** As a new process does, whatever the last one left. */
  async open(): Promise<void> {
    mockDisk.stepsLeft = Infinity;
    rmSync(join(this.site.directory, "unfinished"), { recursive: true, force: true });
    mkdirSync(join(this.site.directory, "unfinished"));
    this.vault = await openKeyStore(this.directory, new Clock(), createLocalProviders);
    await this.vault.local.setState("enabled");
    const sealing = { folder: join(this.directory, "sealed"), keys: this.vault.erasureKeys, policy, log: () => undefined };
    this.places = await ClusterStorage.open(this.site, sealing);
    for (const name of await this.places.listLeftovers()) await this.places.sealStopped(name);
  }

  async write(name: string): Promise<void> {
    const text = `${name} ${++this.writes}`;
    if (!(await this.places.has(name))) await this.make("template-18", name);
    await this.places.openAsFiles(name);
    // Postgres is another process: what it has committed is there, whatever happens to the plane.
    this.writeFiles(name, text, this.writes);
    this.contents.set(name, text);
    await this.places.sealStopped(name);
  }

  /** May be done again after a crash, as operations are. */
  async copy(from: string, to: string): Promise<void> {
    if (!(await this.places.has(to))) await this.make(from, to);
    await this.places.sealStopped(to);
  }

  async reset(from: string, name: string): Promise<void> {
    await this.places.runWithWorkName(async (work) => {
      await this.places.copyStopped(from, work);
      await this.places.discard(name);
      await this.places.move(work, name);
    });
  }

  remove(name: string): Promise<void> {
    return this.places.discard(name);
  }

  async rewrap(): Promise<void> {
    await this.vault.local.rotate();
    await this.vault.erasureKeys.rewrap({});
  }

  /** With a key that may not be used what is stopped stays, and is nobody's. */
  async writeRefused(name: string): Promise<void> {
    await this.places.openAsFiles(name);
    this.writeFiles(name, `${name} ${++this.writes}`, this.writes);
    this.contents.set(name, `${name} ${this.writes}`);
    await this.vault.local.setState("disabled");
    expect(await this.places.sealStopped(name)).toBe(false);
    await expect(this.places.openAsFiles(name)).rejects.toThrow(/PAL_CMK_DISABLED/);
    await this.vault.local.setState("enabled");
  }

  /** Every cluster has what it must have, in one place; and no object is there that nobody uses. */
  async check(): Promise<void> {
    expect((await this.places.list()).sort()).toEqual([...this.contents.keys()].sort());
    const used = new Set<string | undefined>();
    for (const [name, text] of this.contents) {
      expect(await this.places.findState(name)).toBe("sealed");
      used.add(this.places.store?.find(name)?.context.object);
      await this.places.runWithWorkName(async (look) => {
        await this.places.copyAsFiles(name, look);
        expect(readFileSync(join(this.places.getPath(look), "data"), "utf8")).toBe(text);
      });
    }
    expect(readdirSync(join(this.directory, "sealed/objects"))).toHaveLength(used.size);
    for (const folder of ["sealed/unsealed", "sealed/opening"]) expect(readdirSync(join(this.directory, folder))).toEqual([]);
  }

  private make(from: string, to: string): Promise<void> {
    return this.places.runWithWorkName(async (work) => {
      await this.places.copyStopped(from, work);
      await this.places.move(work, to);
    });
  }

  private writeFiles(name: string, text: string, redo: number): void {
    const path = join(this.site.directory, name);
    mkdirSync(join(path, "global"), { recursive: true });
    writeFileSync(join(path, "global/pg_control"), controlFile(redo));
    writeFileSync(join(path, "data"), text);
  }
}

type Step = {
  do: "write" | "copy" | "reset" | "remove" | "rewrap" | "refused" | "reopen";
  name: number;
  other: number;
  crash: number | undefined;
};
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("write", "write", "write", "copy", "copy", "reset", "reset", "remove", "rewrap", "refused", "reopen"),
  name: fc.nat(NAMES.length - 1),
  other: fc.nat(NAMES.length - 1),
  crash: fc.option(fc.nat(35), { nil: undefined, freq: 2 }),
});

/** @returns whether it was cut off */
async function take(life: Life, { do: act, name: at, other, crash }: Step): Promise<boolean> {
  const [name = "", from = ""] = [NAMES[at], NAMES[other]];
  const { contents } = life;
  const work = async (): Promise<void> => {
    if (act === "write" && !name.startsWith("snap-")) await life.write(name);
    if (act === "copy" && contents.has(from) && !contents.has(name)) await life.copy(from, name);
    if (act === "reset" && contents.has(from) && contents.has(name) && from !== name) await life.reset(from, name);
    if (act === "remove") await life.remove(name);
    if (act === "rewrap") await life.rewrap();
    if (act === "refused" && contents.has(name) && crash === undefined) await life.writeRefused(name);
  };
  mockDisk.stepsLeft = crash ?? Infinity;
  let isCut = false;
  try {
    await work();
  } catch (error) {
    if (crash === undefined) throw error;
    isCut = true;
  }
  if (isCut || act === "reopen" || crash !== undefined) await life.open();
  // What was cut off is done again, but for a write: what Postgres had committed must be there, and what it had not is nobody's.
  if (isCut && act !== "write") await work();
  const text = contents.get(from);
  if (act === "copy" && text !== undefined && !contents.has(name)) contents.set(name, text);
  if (act === "reset" && text !== undefined && contents.has(name)) contents.set(name, text);
  if (act === "remove") contents.delete(name);
  return isCut;
}

it(`${HISTORIES} random histories lose nothing, and leave nothing behind`, async () => {
  let [cut, steps] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: STEPS, size: "max" }), async (history) => {
      const directory = mkdtempSync(join(tmpdir(), "palisade-histories-"));
      chmodSync(directory, 0o700);
      try {
        const life = new Life(directory);
        await life.open();
        for (const each of history) {
          steps++;
          if (await take(life, each)) cut++;
        }
        await life.open();
        // A write that was cut off may have made its cluster, without a row.
        for (const name of NAMES)
          if (!life.contents.has(name) && existsSync(join(directory, "clusters", name)))
            rmSync(join(directory, "clusters", name), { recursive: true });
        await life.check();
      } finally {
        mockDisk.stepsLeft = Infinity;
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: HISTORIES, seed: 14 },
  );
  // They were not all cut off before, or after, anything happened.
  expect(cut).toBeGreaterThan(HISTORIES / 3);
  expect(steps).toBeGreaterThan(HISTORIES * 5);
}, 600_000);
