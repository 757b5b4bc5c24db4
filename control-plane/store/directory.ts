import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
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
 * Throws PAL_DATA_IN_USE naming the pid, and PAL_DATA_NEWER.
 */
export function openDirectory(path: string): Directory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
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
