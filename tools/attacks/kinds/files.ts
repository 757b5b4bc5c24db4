import { execFile } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { defineAttacks, type Attack, reportHeld, reportOutcome, type Outcome, reportThrough } from "../attack.js";
import { type AttackTarget, KEYS, type TestBranch } from "../attackTarget.js";
import { connectAsUser, readSocketPath } from "../sockets.js";

const ROOT = "files of who runs the plane: emptied, given away or removed";

/** Files outside the data directory that must be unchanged afterwards: one file, and a folder of files with names that the plane removes or writes elsewhere. */
interface OutsideFiles {
  file: string;
  folder: string;
}

async function createOutsideFiles(target: AttackTarget): Promise<OutsideFiles> {
  const folder = join(await target.createScratchFolder(), "outside");
  await mkdir(folder, { mode: 0o700 });
  const file = join(folder, "precious");
  for (const name of ["precious", "000000010000000000000001", "000000010000000000000001.ready", "users.txt"])
    await writeFile(join(folder, name), "precious", { mode: 0o600 });
  return { file, folder };
}

const readState = ({ folder }: OutsideFiles): string =>
  [
    folder,
    ...readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  ]
    .map((path) => {
      const { mode, uid, gid } = statSync(path);
      return [path, mode, uid, gid, lstatSync(path).isFile() ? readFileSync(path, "utf8") : ""].join(" ");
    })
    .join("\n");

/** As a process of the user of Postgres would do it: everything below the clusters is that user's. */
async function createLink(target: AttackTarget, path: string, linkTarget: string): Promise<void> {
  const { uid, gid } = statSync(join(target.directory, "clusters"));
  await promisify(execFile)("ln", ["-sfn", linkTarget, path], process.getuid?.() === 0 ? { uid, gid } : {});
}

type PlaneAction = (target: AttackTarget, place: TestBranch) => Promise<unknown>;

/** Each is work of the plane with the files of a cluster. Whether it succeeds in a directory that was tampered with is not the question. */
const PLANE_ACTIONS: Record<string, PlaneAction> = {
  "a copy of a branch in use": (target, { projectId }) =>
    waitForCall(target, projectId, target.call("POST", `/projects/${projectId}/branches`, { branch: {} })),
  "a copy of a branch that sleeps": async (target, { projectId, owner }) => {
    await waitForCall(target, projectId, target.call("POST", `/projects/${projectId}/endpoints/${owner.endpointId}/suspend`));
    await waitForCall(target, projectId, target.call("POST", `/projects/${projectId}/branches`, { branch: {} }));
  },
  "a copy of the schema": (target, { projectId }) =>
    waitForCall(target, projectId, target.call("POST", `/projects/${projectId}/branches`, { branch: { init_source: "schema-only" } })),
  "a copy of a past moment": async (target, { projectId, owner }) => {
    const rows = await target.query(owner, "SELECT pg_current_wal_insert_lsn()::text AS lsn").catch(() => []);
    const branch = { parent_lsn: rows[0]?.["lsn"] ?? "0/1DE2850" };
    await waitForCall(target, projectId, target.call("POST", `/projects/${projectId}/branches`, { branch }));
  },
  "a read-only compute": async (target, { projectId, branchId, owner }) => {
    const made = await target.call("POST", `/projects/${projectId}/endpoints`, { endpoint: { branch_id: branchId, type: "read_only" } });
    await waitForCall(target, projectId, Promise.resolve());
    const { id } = (made.body["endpoint"] ?? { id: "" }) as { id: string };
    await target.findRefusal({ ...owner, endpointId: id });
  },
  "a snapshot": (target, { projectId, branchId }) =>
    waitForCall(target, projectId, target.call("POST", `/projects/${projectId}/branches/${branchId}/snapshot`)),
  "a deletion": (target, { projectId }) => waitForCall(target, projectId, target.call("DELETE", `/projects/${projectId}`)),
};

const waitForCall = async (target: AttackTarget, projectId: string, call: Promise<unknown>): Promise<void> => {
  await call;
  await target.waitForOperations(projectId).catch(() => undefined);
};

interface PlantedLink {
  act: keyof typeof PLANE_ACTIONS;
  /** Below the branch's own folder; `..` is the folder of all clusters. */
  name: string;
  /** `folder`: the link leads to a folder, else to a file. */
  to?: "folder";
}

const PLANTED_LINKS: readonly PlantedLink[] = [
  ...["backup_label", "backup_label.new", "palisade.lineage", "palisade.lineage.new", "postmaster.opts"].map((name) => ({
    act: "a copy of a branch in use",
    name,
  })),
  { act: "a copy of a branch in use", name: "pg_notify", to: "folder" },
  { act: "a copy of a branch in use", name: "../unfinished", to: "folder" },
  ...["palisade.lineage", "palisade.lineage.new"].map((name) => ({ act: "a copy of a branch that sleeps", name })),
  { act: "a copy of a branch that sleeps", name: "../lineages", to: "folder" },
  { act: "a copy of the schema", name: "palisade.lineage.new" },
  ...["recovery.signal", "recovery.signal.new", "palisade_log"].map((name) => ({
    act: "a copy of a past moment",
    name: `../template-18/${name}`,
  })),
  { act: "a copy of a past moment", name: "../template-18/pg_wal/archive_status", to: "folder" },
  { act: "a copy of a past moment", name: "../template-18/pg_wal", to: "folder" },
  ...["standby.signal", "standby.signal.new", "palisade_log"].map((name) => ({
    act: "a read-only compute",
    name,
  })),
  { act: "a snapshot", name: "palisade.lineage.new" },
  { act: "a deletion", name: "base", to: "folder" },
];

export const files: Attack[] = defineAttacks("files", [
  ...PLANTED_LINKS.map(({ act, name, to }) => ({
    name: `${name} is a link, then ${act}`,
    gain: ROOT,
    attempt: (target: AttackTarget) => tryPlantedLink(target, name, to, PLANE_ACTIONS[act] as PlaneAction),
  })),
  ...["../unfinished", "../lineages"].map((name) => ({
    name: `${name} is a link when the plane starts`,
    gain: ROOT,
    attempt: async (target: AttackTarget) => {
      const outsideFiles = await createOutsideFiles(target);
      const path = join(target.directory, "clusters", "x", name);
      const [backupPath, before] = [`${path}.aside`, readState(outsideFiles)];
      await target.restart(async () => {
        await rename(path, backupPath).catch(() => undefined);
        await createLink(target, path, outsideFiles.folder);
        // In a state that it does not start from, it must not harm what lies outside either.
        await target.canStart();
        await rm(path, { force: true, recursive: true });
        await rename(backupPath, path).catch(() => undefined);
      });
      return readState(outsideFiles) === before
        ? reportHeld("nothing outside was touched")
        : reportThrough("what lies outside was changed");
    },
  })),
  {
    name: "the superuser of another branch, by its socket, for a process of the user of Postgres",
    gain: "the superuser of every branch, for who has one Postgres",
    attempt: async (target) => {
      const { uid, gid } = statSync(join(target.directory, "clusters"));
      if (uid === process.getuid?.()) return reportHeld("plane and Postgres are one user here: see what is not defended");
      const answer = await connectAsUser(await readSocketPath(target, target.victim), { uid, gid });
      return reportOutcome(/Peer authentication failed/.test(answer), answer, answer);
    },
  },
  {
    name: "who may log in, changed in the cluster's own files",
    gain: "the superuser of the branch without a password",
    attempt: async (target) => {
      const place = await target.createProject(KEYS.attackers, { name: "let in" });
      const path = join(target.directory, "clusters", place.branchId, "pg_hba.conf");
      await writeFile(path, "local all all trust\n");
      await waitForCall(
        target,
        place.projectId,
        target.call("POST", `/projects/${place.projectId}/endpoints/${place.owner.endpointId}/suspend`),
      );
      const answer = await target.findRefusal({ ...place.owner, password: "wrong-Horse7battery" });
      const rules = await target.query(place.owner, "SELECT current_setting('hba_file') AS file");
      return reportOutcome(
        answer !== undefined && !String(rules[0]?.["file"]).includes("clusters"),
        "Postgres reads the plane's own file",
        String(answer),
      );
    },
  },
]);

async function tryPlantedLink(target: AttackTarget, name: string, to: "folder" | undefined, act: PlaneAction): Promise<Outcome> {
  const [outsideFiles, place] = [await createOutsideFiles(target), await target.createProject(KEYS.attackers, { name: "linked" })];
  const path = join(target.directory, "clusters", place.branchId, name);
  const [backupPath, before] = [`${path}.aside`, readState(outsideFiles)];
  await rename(path, backupPath).catch(() => undefined);
  await createLink(target, path, to === "folder" ? outsideFiles.folder : outsideFiles.file);
  try {
    await act(target, place).catch(() => undefined);
    return readState(outsideFiles) === before ? reportHeld("nothing outside was touched") : reportThrough("what lies outside was changed");
  } finally {
    await rm(path, { force: true });
    await rename(backupPath, path).catch(() => undefined);
    await target.call("DELETE", `/projects/${place.projectId}`);
  }
}
