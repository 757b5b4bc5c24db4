import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { Clock } from "../../../control-plane/clock.js";
import { ErasureKeys } from "../../../control-plane/encryption/erasureKeys.js";
import { Keyring } from "../../../control-plane/encryption/keyring.js";
import { LocalKms } from "../../../encryption/keys/localKms.js";
import { openSealedDirectory, sealDirectory } from "../../../control-plane/encryption/sealedDirectory.js";
import { CONTEXT } from "../../encryption/bytes.js";
import { ownFolder } from "../../encryption/folder.js";

/** A disk that stops at a given step: from then on nothing is done any more, tidying up included, as when the process or the machine dies. */
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
        const method = found.bind(target) as (...words: unknown[]) => Promise<unknown>;
        return name === "close" ? method : crashing(method);
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

// Some three hundred runs with all their flushes.
jest.setTimeout(60_000);

const folder = ownFolder();
afterEach(() => {
  mockDisk.stepsLeft = Infinity;
});

async function openKeys() {
  const [keyring, kms] = [await Keyring.open(folder.path("keyring.json")), await LocalKms.open(folder.path("local.key"))];
  return { keyring, kms, keys: new ErasureKeys(keyring, { getCurrentProvider: () => kms, getWrappingProvider: () => kms }, new Clock()) };
}

function makeData(text: string): void {
  rmSync(folder.path("data"), { recursive: true, force: true });
  mkdirSync(folder.path("data", "base"), { recursive: true });
  for (const name of ["one", "two", "base/three"]) writeFileSync(folder.path("data", name), `${text} of ${name}`);
}

/** Tries the work with a crash at its first step, its second and so on, until one run ends whole. @returns how many steps it has */
async function crashEverywhere(work: () => Promise<unknown>, look: () => Promise<void>): Promise<number> {
  for (let step = 0; ; step++) {
    mockDisk.stepsLeft = step;
    const ended = await work().then(
      () => true,
      () => false,
    );
    mockDisk.stepsLeft = Infinity;
    await look();
    if (ended) return step;
  }
}

/** What the sealed file holds, by all that is on the disk. */
async function readSealed(): Promise<string> {
  const { keys } = await openKeys();
  await openSealedDirectory(keys, folder.path("sealed"), folder.path("look"), CONTEXT);
  const texts = ["one", "two", "base/three"].map((name) => readFileSync(folder.path("look", name), "utf8").replace(` of ${name}`, ""));
  rmSync(folder.path("look"), { recursive: true });
  return [...new Set(texts)].join();
}

it("sealing anew leaves what was sealed before or what is sealed now, wherever it stops", async () => {
  makeData("before");
  await sealDirectory((await openKeys()).keys, folder.path("data"), folder.path("sealed"), CONTEXT);
  makeData("after");
  const seen = new Set<string>();
  const steps = await crashEverywhere(
    async () => sealDirectory((await openKeys()).keys, folder.path("data"), folder.path("sealed"), CONTEXT),
    async () => void seen.add(await readSealed()),
  );
  expect(steps).toBeGreaterThan(10);
  expect([...seen]).toEqual(["before", "after"]);
});

it("opening leaves a whole directory or none, wherever it stops, and the sealed file as it was", async () => {
  makeData("whole");
  await sealDirectory((await openKeys()).keys, folder.path("data"), folder.path("sealed"), CONTEXT);
  const steps = await crashEverywhere(
    async () => openSealedDirectory((await openKeys()).keys, folder.path("sealed"), folder.path("opened"), CONTEXT),
    async () => {
      const found = readdirSync(folder.path()).includes("opened") ? readdirSync(folder.path("opened"), { recursive: true }) : undefined;
      expect([undefined, 4]).toContain(found?.length);
      rmSync(folder.path("opened"), { recursive: true, force: true });
      expect(await readSealed()).toBe("whole");
    },
  );
  expect(steps).toBeGreaterThan(20);
});

it("moving the keys to another version loses none, wherever it stops", async () => {
  makeData("whole");
  await sealDirectory((await openKeys()).keys, folder.path("data"), folder.path("sealed"), CONTEXT);
  await (await openKeys()).kms.rotate();
  const steps = await crashEverywhere(
    async () => (await openKeys()).keys.rewrap({ branch: CONTEXT.branch }),
    async () => {
      expect(await readSealed()).toBe("whole");
    },
  );
  expect(steps).toBeGreaterThan(5);
  const { kms, keyring } = await openKeys();
  expect(keyring.list()[0]?.wrapped.keyId).toBe((await kms.describe()).keyId);
});

it("a local key that is rotated is never lost, wherever it stops", async () => {
  makeData("whole");
  await sealDirectory((await openKeys()).keys, folder.path("data"), folder.path("sealed"), CONTEXT);
  const steps = await crashEverywhere(
    async () => (await openKeys()).kms.rotate(),
    async () => {
      expect(await readSealed()).toBe("whole");
    },
  );
  expect(steps).toBeGreaterThan(5);
});

it("the first key of a branch is on the disk before anything is sealed under it", async () => {
  makeData("whole");
  await openKeys();
  await crashEverywhere(
    async () => sealDirectory((await openKeys()).keys, folder.path("data"), folder.path("sealed"), CONTEXT),
    async () => {
      if (readdirSync(folder.path()).includes("sealed")) expect(await readSealed()).toBe("whole");
    },
  );
  expect(await readSealed()).toBe("whole");
});
