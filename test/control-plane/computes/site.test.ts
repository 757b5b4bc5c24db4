import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { locatePostgres } from "../../../control-plane/computes/postgresInstallation.js";
import { writeOwnedFile, createOwnedFolder, type ClusterSetup } from "../../../control-plane/computes/clusterSetup.js";

/** Postgres runs as the owner of its folder, and a tenant's code in it: it may plant a link wherever the plane is about to write. */
let directory: string;
const site = { postgres: locatePostgres() } as ClusterSetup;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palisade-links-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const target = () => join(directory, "target");
const state = () => [readFileSync(target(), "utf8"), lstatSync(target()).uid];

it.each(["standby.signal", "palisade.lineage", "backup_label"])(
  "a link in the place of %s, or of its draft, is not followed",
  async (name) => {
    writeFileSync(target(), "precious");
    const before = state();
    const cluster = join(directory, "cluster");
    mkdirSync(cluster);
    for (const link of [name, `${name}.new`]) symlinkSync(target(), join(cluster, link));
    await writeOwnedFile(site, join(cluster, name), "ours");
    expect(state()).toEqual(before);
    expect(readFileSync(join(cluster, name), "utf8")).toBe("ours");
    expect(lstatSync(join(cluster, name)).isSymbolicLink()).toBe(false);
  },
);

it("nothing is written where the folder itself is a link, nor is a folder made over one", async () => {
  const elsewhere = join(directory, "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(directory, "cluster"));
  await expect(writeOwnedFile(site, join(directory, "cluster", "standby.signal"), "")).rejects.toThrow(/is no folder/);
  await expect(createOwnedFolder(site, join(directory, "cluster"))).rejects.toThrow(/File exists|Permission denied/);
  expect(existsSync(join(elsewhere, "standby.signal"))).toBe(false);
});
