import { chmod, chown, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attacks, type Attack, held, judged, type Outcome, through } from "../attack.js";
import type { Ground } from "../ground.js";

const KEY = "napi_planted_by_a_repository_0123456789";
const ADMINISTRATOR = "the administrator's key of the plane";
const WRITTEN = "a file of the user's overwritten";

/** A directory as a checkout would leave it; then the plane is started in it. */
async function prepared(ground: Ground, plant: (directory: string, precious: string) => Promise<void>, mode = 0o700): Promise<Outcome> {
  const folder = await ground.scratch();
  const [directory, precious] = [join(folder, ".palisade"), join(folder, "precious")];
  await writeFile(precious, "precious\n", { mode: 0o644 });
  await mkdir(directory, { mode });
  await plant(directory, precious);
  const before = await stateOf(precious);
  const started = await ground.other(directory, ({ ready }) => Promise.resolve(ready.apiKey)).catch((error: unknown) => error as Error);
  if ((await stateOf(precious)) !== before) return through("the file outside was changed");
  if (typeof started !== "string") return held(started.message);
  if (started === KEY) return through("the plane took the planted key");
  return held("the plane began anew, and took nothing of it");
}

const stateOf = async (path: string): Promise<string> => {
  const { mode, uid } = await stat(path);
  return [await readFile(path, "utf8"), mode, uid].join(" ");
};

const refused = (outcome: Outcome): Outcome =>
  "held" in outcome && outcome.held.startsWith("the plane began") ? through("the plane works in it") : outcome;

const link = (name: string) => ({
  name: `${name} is a link to a file outside`,
  gain: name === "admin.key" ? "a file's first line, sent as a key, or a file overwritten" : WRITTEN,
  tried: async (ground: Ground) => prepared(ground, (directory, precious) => symlink(precious, join(directory, name))),
});

const dangling = (name: string) => ({
  name: `${name} is a link to a file that is yet to be`,
  gain: "a file made anywhere",
  tried: async (ground: Ground) => {
    const target = join(ground.folder, `made-through-${name}`);
    const outcome = await prepared(ground, (directory) => symlink(target, join(directory, name)));
    const isMade = await stat(target).then(
      () => true,
      () => false,
    );
    return isMade ? through("the file was made") : outcome;
  },
});

export const directory: Attack[] = attacks("directory", [
  ...["admin.key", "plane.pid", "plane.db", "proxy.key", "superuser.key"].flatMap((name) => [link(name), dangling(name)]),
  {
    name: "admin.key with a key that the repository's author knows",
    gain: ADMINISTRATOR,
    tried: (ground) => prepared(ground, (path) => writeFile(join(path, "admin.key"), `${KEY}\n`, { mode: 0o600 })),
  },
  {
    name: "a whole directory that another plane made, with the modes of a checkout",
    gain: ADMINISTRATOR,
    tried: async (ground) => {
      const origin = join(await ground.scratch(), "made");
      await ground.other(origin, () => Promise.resolve());
      const names = ["admin.key", "plane.db"];
      const texts = await Promise.all(names.map((name) => readFile(join(origin, name))));
      return refused(
        await prepared(
          ground,
          async (path) => {
            for (const [at, name] of names.entries()) await writeFile(join(path, name), texts[at] ?? "", { mode: 0o644 });
            await chmod(path, 0o755);
          },
          0o755,
        ),
      );
    },
  },
  {
    name: "a directory that everybody may write to",
    gain: "the plane's files, for every user of the machine",
    tried: async (ground) =>
      refused(
        await prepared(ground, async (path) => {
          await writeFile(join(path, "planted"), "x");
          await chmod(path, 0o777);
        }),
      ),
  },
  {
    name: "a directory that belongs to somebody else",
    gain: "the plane's files, for its owner",
    tried: async (ground) => {
      if (process.getuid?.() !== 0) return held("only root can be given such a directory; for others its modes refuse it");
      return refused(await prepared(ground, (path) => chown(path, 65_534, 65_534)));
    },
  },
  {
    name: "the directory itself is a link",
    gain: "files of the plane wherever the author likes",
    tried: async (ground) => {
      const folder = await ground.scratch();
      const target = join(folder, "elsewhere");
      await mkdir(target, { mode: 0o700 });
      await symlink(target, join(folder, ".palisade"));
      const started = await ground
        .other(join(folder, ".palisade"), () => Promise.resolve("started"))
        .catch((error: unknown) => (error as Error).message);
      return started === "started" ? through("the plane works behind the link") : held(started);
    },
  },
  {
    name: "clusters is a link to a folder outside",
    gain: "a folder given to the user of Postgres",
    tried: (ground) =>
      prepared(ground, async (path, precious) => {
        await symlink(join(precious, ".."), join(path, "clusters"));
      }),
  },
  {
    name: "the plane's own directory, in a repository that commits everything",
    gain: "the administrator's key in the history",
    tried: async (ground) => {
      const ignored = await readFile(join(ground.directory, ".gitignore"), "utf8").catch(() => "");
      return judged(ignored.split("\n").includes("*"), "it has a .gitignore for all of it", "git would take it");
    },
  },
  {
    name: "the modes of the plane's own files",
    gain: "keys, for every user of the machine",
    tried: async (ground) => {
      const open: string[] = [];
      for (const name of [".", "admin.key", "plane.db", "plane.pid", "proxy.key"])
        if (((await stat(join(ground.directory, name))).mode & 0o067) !== 0) open.push(name);
      return judged(open.length === 0, "only its user reads them", open.join());
    },
  },
]);
