import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlaneVault } from "../counterparts/azure/planeVault.js";
import type { ControlPlaneModule, Plane, PlaneOptions } from "../../contract/plane.js";

/** Seeded members of the organisation, besides its administrator. */
export const MEMBERS = 24;
export const formatMemberEmail = (index: number): string => `member-${index}@palisade.test`;

export type StartPlane = (options: Partial<PlaneOptions> & { dataDirectory: string }) => Promise<Plane>;

/** Runs `work` with a plane in this process, whose computes are records and whose faults may be set, and removes it afterwards. */
export async function withPlane<R>(start: StartPlane, work: (plane: Plane) => Promise<R>): Promise<R> {
  const directory = await mkdtemp(join(tmpdir(), "palisade-reliability-"));
  try {
    // For root Postgres runs as another user, who must pass through to the data.
    await chmod(directory, 0o711);
    const seedFile = join(directory, "seed.json");
    const users = Array.from({ length: MEMBERS }, (_, index) => ({
      name: `Member ${index}`,
      email: formatMemberEmail(index),
      role: "viewer",
    }));
    await writeFile(seedFile, JSON.stringify({ users }));
    const { plane, stop } = await startWithVault(start, { dataDirectory: join(directory, "data"), seedFile });
    try {
      return await work(plane);
    } finally {
      await stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A plane of a new directory, whose first organisation may name the keys of a vault. It has its id from its first start. */
export async function startWithVault<P extends Plane>(
  start: (options: Partial<PlaneOptions> & { dataDirectory: string }) => Promise<P>,
  options: Partial<PlaneOptions> & { dataDirectory: string },
): Promise<{ plane: P; stop: () => Promise<void> }> {
  const first = await start(options);
  await first.stop();
  const vault = await startPlaneVault();
  try {
    const { seedFile: _, ...again } = options;
    const plane = await start({ ...again, ...vault.optionsFor(first.ready.orgId) });
    return { plane, stop: () => plane.stop().finally(() => vault.stop()) };
  } catch (error) {
    await vault.stop();
    throw error;
  }
}

/** On loopback alone and free ports, with faults that may be set, operations that take no time and computes that are records. */
export const TEST_PLANE_OPTIONS: Omit<PlaneOptions, "dataDirectory"> = {
  apiPort: 0,
  proxyPort: 0,
  bind: "127.0.0.1",
  hosts: "universal",
  plan: "scale",
  rateLimits: "off",
  operationTimeMs: 0,
  computes: "records",
  testHooks: true,
  log: () => undefined,
};

/** From the built package. */
export const startBuiltPlane: StartPlane = async (options) => {
  // By a name the compiler does not follow: the plane is a package of its own.
  const name = "@palisade/control-plane";
  const { startPlane } = (await import(name)) as ControlPlaneModule;
  return startPlane({ ...TEST_PLANE_OPTIONS, ...options });
};
