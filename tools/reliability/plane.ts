import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlPlaneModule, Plane, PlaneOptions } from "../../contract/plane.js";

/** Members of the organisation that a plane of ours is born with, besides its administrator. */
export const MEMBERS = 24;
export const memberEmail = (index: number): string => `member-${index}@palisade.test`;

export type StartPlane = (options: Partial<PlaneOptions> & { dataDirectory: string }) => Promise<Plane>;

/** Runs `work` with a plane in this process, whose computes are records and whose faults may be set, and puts it away. */
export async function withPlane<R>(start: StartPlane, work: (plane: Plane) => Promise<R>): Promise<R> {
  const directory = await mkdtemp(join(tmpdir(), "palisade-reliability-"));
  try {
    // For root Postgres runs as another user, who must pass through to the data.
    await chmod(directory, 0o711);
    const seedFile = join(directory, "seed.json");
    const users = Array.from({ length: MEMBERS }, (_, index) => ({ name: `Member ${index}`, email: memberEmail(index), role: "viewer" }));
    await writeFile(seedFile, JSON.stringify({ users }));
    const plane = await start({ dataDirectory: join(directory, "data"), seedFile });
    try {
      return await work(plane);
    } finally {
      await plane.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** On loopback alone and free ports, with faults that may be set, operations that take no time and computes that are records. */
export const QUICK: Omit<PlaneOptions, "dataDirectory"> = {
  ...{ apiPort: 0, proxyPort: 0, bind: "127.0.0.1", hosts: "universal", plan: "scale", rateLimits: "off" },
  ...{ operationTimeMs: 0, computes: "records", testHooks: true, log: () => undefined },
};

/** From the built package. */
export const startBuilt: StartPlane = async (options) => {
  // By a name the compiler does not follow: the plane is a package of its own.
  const name = "@palisade/control-plane";
  const { startPlane } = (await import(name)) as ControlPlaneModule;
  return startPlane({ ...QUICK, ...options });
};
