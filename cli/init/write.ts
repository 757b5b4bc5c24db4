import { lstat, open, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { makeDirectory, removeEmpty } from "../directories.js";

/**
 * Writes the files into the directory, which is made where it is missing: all of them, or none.
 * @param files text by name; each is looked for before the first is written, and a link that leads nowhere counts as a file
 * @throws PAL_USAGE, which names what is in the way; the system's own error, naming the path, when it lets nothing be written
 */
export async function writeProject(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  const found = await stat(directory).catch(ignoreMissing);
  if (found !== undefined && !found.isDirectory()) throw new PalisadeError("PAL_USAGE", `${directory} is a file, not a directory`);
  const taken: string[] = [];
  for (const name of files.keys()) if ((await lstat(join(directory, name)).catch(ignoreMissing)) !== undefined) taken.push(name);
  if (taken.length > 0)
    throw new PalisadeError(
      "PAL_USAGE",
      `${directory} has ${taken.join(", ")} already, and nothing is overwritten: name a directory without ${taken.length === 1 ? "it" : "them"}`,
    );
  const made = found === undefined ? await makeDirectory(resolve(directory)) : undefined;
  await writeAll(directory, files).catch(async (error: unknown) => {
    if (made !== undefined) await removeEmpty(resolve(directory), made);
    throw error;
  });
}

/** Takes back what it has written when it cannot write the rest. */
async function writeAll(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  const written: string[] = [];
  try {
    for (const [name, text] of files) {
      // Exclusively: what another process has put there since is not ours to overwrite, or to take back.
      const file = await open(join(directory, name), "wx");
      written.push(join(directory, name));
      await file.writeFile(text).finally(() => file.close());
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw error;
  }
}

/** For a look at a path: what is missing is no error, and neither is a parent that is. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  if (error.code === "ENOTDIR")
    throw new PalisadeError("PAL_USAGE", `${error.path ?? "the directory"} lies below a file, not below a directory`);
  throw error;
}
