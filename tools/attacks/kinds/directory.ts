import { chmod, chown, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineAttacks, type Attack, reportHeld, reportOutcome, type Outcome, reportThrough } from "../attack.js";
import type { AttackTarget } from "../attackTarget.js";

const KEY = "napi_planted_by_a_repository_0123456789";
const ADMINISTRATOR = "the administrator's key of the plane";
const WRITTEN = "a file of the user's overwritten";

/** Prepares a directory as a checkout would leave it, and starts the plane in it. */
async function startInPreparedDirectory(
  target: AttackTarget,
  plant: (directory: string, precious: string) => Promise<void>,
  mode = 0o700,
): Promise<Outcome> {
  const folder = await target.createScratchFolder();
  const [directory, precious] = [join(folder, ".palisade"), join(folder, "precious")];
  await writeFile(precious, "precious\n", { mode: 0o644 });
  await mkdir(directory, { mode });
  await plant(directory, precious);
  const before = await readFileState(precious);
  const started = await target
    .withOtherPlane(directory, ({ ready }) => Promise.resolve(ready.apiKey))
    .catch((error: unknown) => error as Error);
  if ((await readFileState(precious)) !== before) return reportThrough("the file outside was changed");
  if (typeof started !== "string") return reportHeld(started.message);
  if (started === KEY) return reportThrough("the plane took the planted key");
  return reportHeld("the plane started afresh, and used nothing of it");
}

const readFileState = async (path: string): Promise<string> => {
  const { mode, uid } = await stat(path);
  return [await readFile(path, "utf8"), mode, uid].join(" ");
};

const requireRefusal = (outcome: Outcome): Outcome =>
  "held" in outcome && outcome.held.startsWith("the plane started afresh") ? reportThrough("the plane works in it") : outcome;

const buildLinkAttack = (name: string) => ({
  name: `${name} is a link to a file outside`,
  gain: name === "admin.key" ? "a file's first line, sent as a key, or a file overwritten" : WRITTEN,
  attempt: async (target: AttackTarget) =>
    startInPreparedDirectory(target, (directory, precious) => symlink(precious, join(directory, name))),
});

const buildDanglingLinkAttack = (name: string) => ({
  name: `${name} is a link to a file that is yet to be`,
  gain: "a file made anywhere",
  attempt: async (target: AttackTarget) => {
    const linkTarget = join(target.folder, `made-through-${name}`);
    const outcome = await startInPreparedDirectory(target, (directory) => symlink(linkTarget, join(directory, name)));
    const isMade = await stat(linkTarget).then(
      () => true,
      () => false,
    );
    return isMade ? reportThrough("the file was made") : outcome;
  },
});

export const directory: Attack[] = defineAttacks("directory", [
  ...["admin.key", "plane.pid", "plane.db", "proxy.key", "superuser.key"].flatMap((name) => [
    buildLinkAttack(name),
    buildDanglingLinkAttack(name),
  ]),
  {
    name: "admin.key with a key that the repository's author knows",
    gain: ADMINISTRATOR,
    attempt: (target) => startInPreparedDirectory(target, (path) => writeFile(join(path, "admin.key"), `${KEY}\n`, { mode: 0o600 })),
  },
  {
    name: "a whole directory that another plane made, with the modes of a checkout",
    gain: ADMINISTRATOR,
    attempt: async (target) => {
      const origin = join(await target.createScratchFolder(), "made");
      await target.withOtherPlane(origin, () => Promise.resolve());
      const names = ["admin.key", "plane.db"];
      const texts = await Promise.all(names.map((name) => readFile(join(origin, name))));
      return requireRefusal(
        await startInPreparedDirectory(
          target,
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
    attempt: async (target) =>
      requireRefusal(
        await startInPreparedDirectory(target, async (path) => {
          await writeFile(join(path, "planted"), "x");
          await chmod(path, 0o777);
        }),
      ),
  },
  {
    name: "a directory that belongs to somebody else",
    gain: "the plane's files, for its owner",
    attempt: async (target) => {
      if (process.getuid?.() !== 0) return reportHeld("only root can be given such a directory; for others its modes refuse it");
      return requireRefusal(await startInPreparedDirectory(target, (path) => chown(path, 65_534, 65_534)));
    },
  },
  {
    name: "the directory itself is a link",
    gain: "files of the plane wherever the author likes",
    attempt: async (target) => {
      const folder = await target.createScratchFolder();
      const linkTarget = join(folder, "elsewhere");
      await mkdir(linkTarget, { mode: 0o700 });
      await symlink(linkTarget, join(folder, ".palisade"));
      const started = await target
        .withOtherPlane(join(folder, ".palisade"), () => Promise.resolve("started"))
        .catch((error: unknown) => (error as Error).message);
      return started === "started" ? reportThrough("the plane works behind the link") : reportHeld(started);
    },
  },
  {
    name: "clusters is a link to a folder outside",
    gain: "a folder given to the user of Postgres",
    attempt: (target) =>
      startInPreparedDirectory(target, async (path, precious) => {
        await symlink(join(precious, ".."), join(path, "clusters"));
      }),
  },
  {
    name: "the plane's own directory, in a repository that commits everything",
    gain: "the administrator's key in the history",
    attempt: async (target) => {
      const ignored = await readFile(join(target.directory, ".gitignore"), "utf8").catch(() => "");
      return reportOutcome(ignored.split("\n").includes("*"), "it has a .gitignore for all of it", "git would take it");
    },
  },
  {
    name: "the modes of the plane's own files",
    gain: "keys, for every user of the machine",
    attempt: async (target) => {
      const open: string[] = [];
      for (const name of [".", "admin.key", "plane.db", "plane.pid", "proxy.key"])
        if (((await stat(join(target.directory, name))).mode & 0o067) !== 0) open.push(name);
      return reportOutcome(open.length === 0, "only its user reads them", open.join());
    },
  },
]);
