import { realpathSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PalisadeError } from "../../contract/errors.js";

/** As much of `fs.Stats` as is looked at. */
export type PathStats = Pick<Stats, "uid" | "mode">;

export interface OwnPathOptions {
  readonly stat?: (path: string) => PathStats;
  /** `none` where users have no numbers, as on Windows: there the permissions of the folder must be trusted. */
  readonly uid?: number | "none";
}

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Who else could change what lies at a path, as a sentence, or undefined. As `safe_path` of OpenSSH demands (misc.c): the file and every
 * directory up to `/` belong to the user or to root, and neither group nor others may write. Links are followed before. One difference: in a
 * directory with the sticky bit, such as /tmp, only the owner of an entry may replace it, and the owner of the entry is looked at.
 */
export function findOtherWriter(path: string, { stat = statSync, uid = getUserId() }: OwnPathOptions = {}): string | undefined {
  if (uid === "none") return undefined;
  for (let at = path; ; at = dirname(at)) {
    const found = stat(at);
    if (found.uid !== 0 && found.uid !== uid) return `${at} belongs to user ${found.uid}`;
    const shared = at !== path && (found.mode & STICKY) !== 0;
    if ((found.mode & OTHERS_WRITE) !== 0 && !shared) return `others may write ${at}`;
    if (at === dirname(at)) return undefined;
  }
}

const getUserId = (): number | "none" => process.getuid?.() ?? "none";

/** The path with its links followed, once it is proved that nobody else can change what lies there. Throws PAL_OPEN_TO_OTHERS. */
export function assertOwnPath(path: string, looking?: OwnPathOptions): string {
  const real = resolveLinks(path);
  const fault = findOtherWriter(real, looking);
  if (fault !== undefined) throw new PalisadeError("PAL_OPEN_TO_OTHERS", fault);
  return real;
}

/** A file that may not exist yet, in a directory that does: the links of both followed. */
export function resolveLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return join(realpathSync(dirname(path)), basename(path));
  }
}
