import { execFile } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { attacks, type Attack, held, judged, type Outcome, through } from "../attack.js";
import { type Ground, KEYS, type Place } from "../ground.js";
import { asUser, socketOf } from "../sockets.js";

const ROOT = "files of who runs the plane: emptied, given away or removed";

/** What lies outside, and must be the same afterwards: one file, and a folder of files with names that the plane removes or writes elsewhere. */
interface Outside {
  file: string;
  folder: string;
}

async function outside(ground: Ground): Promise<Outside> {
  const folder = join(await ground.scratch(), "outside");
  await mkdir(folder, { mode: 0o700 });
  const file = join(folder, "precious");
  for (const name of ["precious", "000000010000000000000001", "000000010000000000000001.ready", "users.txt"])
    await writeFile(join(folder, name), "precious", { mode: 0o600 });
  return { file, folder };
}

const stateOf = ({ folder }: Outside): string =>
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
async function linked(ground: Ground, path: string, target: string): Promise<void> {
  const { uid, gid } = statSync(join(ground.directory, "clusters"));
  await promisify(execFile)("ln", ["-sfn", target, path], process.getuid?.() === 0 ? { uid, gid } : {});
}

type Act = (ground: Ground, place: Place) => Promise<unknown>;

/** Each is work of the plane with the files of a cluster. Whether it succeeds in a directory that was tampered with is not the question. */
const ACTS: Record<string, Act> = {
  "a copy of a branch in use": (ground, { projectId }) =>
    settle(ground, projectId, ground.call("POST", `/projects/${projectId}/branches`, { branch: {} })),
  "a copy of a branch that sleeps": async (ground, { projectId, owner }) => {
    await settle(ground, projectId, ground.call("POST", `/projects/${projectId}/endpoints/${owner.endpointId}/suspend`));
    await settle(ground, projectId, ground.call("POST", `/projects/${projectId}/branches`, { branch: {} }));
  },
  "a copy of the schema": (ground, { projectId }) =>
    settle(ground, projectId, ground.call("POST", `/projects/${projectId}/branches`, { branch: { init_source: "schema-only" } })),
  "a copy of a past moment": async (ground, { projectId, owner }) => {
    const rows = await ground.sql(owner, "SELECT pg_current_wal_insert_lsn()::text AS lsn").catch(() => []);
    const branch = { parent_lsn: rows[0]?.["lsn"] ?? "0/1DE2850" };
    await settle(ground, projectId, ground.call("POST", `/projects/${projectId}/branches`, { branch }));
  },
  "a read-only compute": async (ground, { projectId, branchId, owner }) => {
    const made = await ground.call("POST", `/projects/${projectId}/endpoints`, { endpoint: { branch_id: branchId, type: "read_only" } });
    await settle(ground, projectId, Promise.resolve());
    const { id } = (made.body["endpoint"] ?? { id: "" }) as { id: string };
    await ground.refusal({ ...owner, endpointId: id });
  },
  "a snapshot": (ground, { projectId, branchId }) =>
    settle(ground, projectId, ground.call("POST", `/projects/${projectId}/branches/${branchId}/snapshot`)),
  "a deletion": (ground, { projectId }) => settle(ground, projectId, ground.call("DELETE", `/projects/${projectId}`)),
};

const settle = async (ground: Ground, projectId: string, call: Promise<unknown>): Promise<void> => {
  await call;
  await ground.settled(projectId).catch(() => undefined);
};

interface Plant {
  act: keyof typeof ACTS;
  /** Below the branch's own folder; `..` is the folder of all clusters. */
  name: string;
  /** `folder`: the link leads to a folder, else to a file. */
  to?: "folder";
}

const PLANTS: readonly Plant[] = [
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

export const files: Attack[] = attacks("files", [
  ...PLANTS.map(({ act, name, to }) => ({
    name: `${name} is a link, then ${act}`,
    gain: ROOT,
    tried: (ground: Ground) => planted(ground, name, to, ACTS[act] as Act),
  })),
  ...["../unfinished", "../lineages"].map((name) => ({
    name: `${name} is a link when the plane starts`,
    gain: ROOT,
    tried: async (ground: Ground) => {
      const beyond = await outside(ground);
      const path = join(ground.directory, "clusters", "x", name);
      const [aside, before] = [`${path}.aside`, stateOf(beyond)];
      await ground.restarted(async () => {
        await rename(path, aside).catch(() => undefined);
        await linked(ground, path, beyond.folder);
        // In a state that it does not start from, it must not harm what lies outside either.
        await ground.tryStart();
        await rm(path, { force: true, recursive: true });
        await rename(aside, path).catch(() => undefined);
      });
      return stateOf(beyond) === before ? held("nothing outside was touched") : through("what lies outside was changed");
    },
  })),
  {
    name: "the superuser of another branch, by its socket, for a process of the user of Postgres",
    gain: "the superuser of every branch, for who has one Postgres",
    tried: async (ground) => {
      const { uid, gid } = statSync(join(ground.directory, "clusters"));
      if (uid === process.getuid?.()) return held("plane and Postgres are one user here: see what is not defended");
      const answer = await asUser(await socketOf(ground, ground.victim), { uid, gid });
      return judged(/Peer authentication failed/.test(answer), answer, answer);
    },
  },
  {
    name: "who may log in, changed in the cluster's own files",
    gain: "the superuser of the branch without a password",
    tried: async (ground) => {
      const place = await ground.project(KEYS.attackers, { name: "let in" });
      const path = join(ground.directory, "clusters", place.branchId, "pg_hba.conf");
      await writeFile(path, "local all all trust\n");
      await settle(
        ground,
        place.projectId,
        ground.call("POST", `/projects/${place.projectId}/endpoints/${place.owner.endpointId}/suspend`),
      );
      const answer = await ground.refusal({ ...place.owner, password: "wrong-Horse7battery" });
      const rules = await ground.sql(place.owner, "SELECT current_setting('hba_file') AS file");
      return judged(
        answer !== undefined && !String(rules[0]?.["file"]).includes("clusters"),
        "Postgres reads the plane's own file",
        String(answer),
      );
    },
  },
]);

async function planted(ground: Ground, name: string, to: "folder" | undefined, act: Act): Promise<Outcome> {
  const [beyond, place] = [await outside(ground), await ground.project(KEYS.attackers, { name: "linked" })];
  const path = join(ground.directory, "clusters", place.branchId, name);
  const [aside, before] = [`${path}.aside`, stateOf(beyond)];
  await rename(path, aside).catch(() => undefined);
  await linked(ground, path, to === "folder" ? beyond.folder : beyond.file);
  try {
    await act(ground, place).catch(() => undefined);
    return stateOf(beyond) === before ? held("nothing outside was touched") : through("what lies outside was changed");
  } finally {
    await rm(path, { force: true });
    await rename(aside, path).catch(() => undefined);
    await ground.call("DELETE", `/projects/${place.projectId}`);
  }
}
