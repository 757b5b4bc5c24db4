import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf, PalisadeError } from "@palisade/neon/contract/errors";
import { Store } from "./store.js";

/** The data directory of one plane: the store, the key it announces, and the pid of its owner. */
export interface Directory {
  readonly store: Store;
  /** The key announced at start, as the last start left it. */
  readAdminKey(): string | undefined;
  writeAdminKey(key: string): void;
  close(): void;
}

/**
 * Opens or makes the directory (mode 0700, files 0600) for this process alone.
 * The lock is the kernel's lock on plane.db, which no crash leaves behind; plane.pid only says whom to ask.
 * Throws PAL_DATA_IN_USE naming the pid, PAL_DATA_NEWER and PAL_DATA_UNUSABLE.
 */
export function openDirectory(path: string): Directory {
  makeDirectory(path);
  const [pidFile, keyFile] = [join(path, "plane.pid"), join(path, "admin.key")];
  const store = openStore(join(path, "plane.db"), path, pidFile);
  writeSecret(pidFile, `${process.pid}\n`);
  return {
    store,
    readAdminKey: () => read(keyFile),
    writeAdminKey: (key) => {
      writeSecret(keyFile, `${key}\n`);
    },
    close: () => {
      rmSync(pidFile, { force: true });
      store.close();
    },
  };
}

/** Step by step: the recursive form of Node's never ends where a directory takes no others, as in /proc. */
function makeDirectory(path: string): void {
  try {
    const missing: string[] = [];
    for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
    for (const at of missing) mkdirSync(at, { mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new PalisadeError("PAL_DATA_UNUSABLE", `${path} is not a directory`);
    chmodSync(path, 0o700);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    throw new PalisadeError("PAL_DATA_UNUSABLE", `${path}: ${messageOf(error)}`);
  }
}

function openStore(file: string, directory: string, pidFile: string): Store {
  try {
    return new Store(file);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "SQLITE_BUSY") throw error;
    throw new PalisadeError("PAL_DATA_IN_USE", `${directory} belongs to process ${read(pidFile) ?? "that is just starting"}`);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Flushed to the disk: the store must never know a key that this file has lost. */
const writeSecret = (file: string, text: string): void => {
  writeFileSync(file, text, { mode: 0o600, flush: true });
  chmodSync(file, 0o600);
};
