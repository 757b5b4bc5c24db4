import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { formatErrorMessage, PalisadeError } from "@palisade/neon/contract/errors";
import { Store } from "./store.js";

/** Written into it, so that no repository around it takes its keys. */
const GITIGNORE_TEXT = "# All of it belongs to one plane on one machine.\n*\n";

/** Made by this program alone: links in their place, or other modes and owners, were made by somebody else. */
const PLANE_FILES = [
  "admin.key",
  "plane.db",
  "plane.pid",
  "proxy.key",
  "audit.journal",
  "clusters",
  "pki",
  "log",
  "hook",
  "access",
  "keys",
  "sealed",
  ".gitignore",
];

/** The data directory of one plane: the store, the key it announces, and the pid of its owner. */
export interface DataDirectory {
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
export function openDirectory(path: string): DataDirectory {
  createDirectory(path);
  assertOwnedByPlane(path);
  const [pidFile, keyFile] = [join(path, "plane.pid"), join(path, "admin.key")];
  const store = openStore(join(path, "plane.db"), path, pidFile);
  writeSecret(pidFile, `${process.pid}\n`);
  writeSecret(join(path, ".gitignore"), GITIGNORE_TEXT);
  return {
    store,
    readAdminKey: () => readIfPresent(keyFile),
    writeAdminKey: (key) => {
      writeSecret(keyFile, `${key}\n`);
    },
    close: () => {
      rmSync(pidFile, { force: true });
      store.close();
    },
  };
}

const WRITABLE = 0o022;

/** Step by step: the recursive form of Node's never ends where a directory takes no others, as in /proc. */
function createDirectory(path: string): void {
  try {
    const missing: string[] = [];
    for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
    for (const at of missing) mkdirSync(at, { mode: 0o700 });
    const { mode } = lstatSync(path);
    if (!lstatSync(path).isDirectory()) throw new PalisadeError("PAL_DATA_UNUSABLE", `${path} is not a directory of its own`);
    // Whoever could write to it has had the time to.
    if ((mode & WRITABLE) !== 0 && readdirSync(path).length > 0)
      throw new PalisadeError("PAL_DATA_UNUSABLE", `${path} may be written to by others, and is not empty`);
    chmodSync(path, 0o700);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    throw new PalisadeError("PAL_DATA_UNUSABLE", `${path}: ${formatErrorMessage(error)}`);
  }
}

/**
 * A directory may come with a repository, or from another user of the machine. One that this program made has its owner and modes, and no links;
 * one with a key and no store to it was made by somebody else on purpose.
 */
function assertOwnedByPlane(path: string): void {
  const entries = [".", ...PLANE_FILES].flatMap((name) => {
    const stats = lstatSync(join(path, name), { throwIfNoEntry: false });
    return stats ? [{ name, stats }] : [];
  });
  const refuse = (why: string) => new PalisadeError("PAL_DATA_UNUSABLE", `${path} was not made by this user's palisade: ${why}`);
  for (const { name, stats } of entries) {
    const what = name === "." ? "it" : name;
    if (stats.isSymbolicLink()) throw refuse(`${what} is a link`);
    if (name !== "clusters" && process.getuid !== undefined && stats.uid !== process.getuid())
      throw refuse(`${what} belongs to another user`);
  }
  const has = (wanted: string) => entries.some(({ name }) => name === wanted);
  if (has("admin.key") && !has("plane.db")) throw refuse("it has a key and no store");
  const open = entries.find(({ name, stats }) => PRIVATE.includes(name) && (stats.mode & OTHERS) !== 0);
  if (open) throw refuse(`others may open ${open.name}`);
}

/** Files with secrets in them, or of the audit; the directory itself is closed by now. */
const PRIVATE = ["admin.key", "plane.db", "proxy.key", "audit.journal"];
const OTHERS = 0o077;

function openStore(file: string, directory: string, pidFile: string): Store {
  try {
    return new Store(file);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "SQLITE_BUSY") throw error;
    throw new PalisadeError("PAL_DATA_IN_USE", `${directory} belongs to process ${readIfPresent(pidFile) ?? "that is just starting"}`);
  }
}

function readIfPresent(file: string): string | undefined {
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
