import { isIP } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { isPalisadeError, messageOf, PalisadeError } from "@palisade/neon/contract/errors";
import type { ControlPlaneModule, Plane, PlaneOptions } from "@palisade/neon/contract/plane";
import type { TestHooks } from "./api/testHooks.js";
import { RateLimiter } from "./api/rateLimit.js";
import { routesOf } from "./api/routes.js";
import { buildServer } from "./api/server.js";
import { Clock } from "./clock.js";
import type { FrontDoor } from "./frontDoor.js";
import type { Computes, ComputesOptions } from "./computes/computes.js";
import type { Postgres } from "./computes/postgres.js";
import { NEON_PG_VERSIONS } from "./domain/projects.js";
import { hostsMode, hostsOf } from "./hosts.js";
import { establish } from "./identity.js";
import { Mint } from "./mint.js";
import { Gate } from "./operations/gate.js";
import { Sweep } from "./operations/sweep.js";
import { Worker } from "./operations/worker.js";
import { type Directory, openDirectory } from "./store/directory.js";
import type { Store } from "./store/store.js";
import type { World } from "./world.js";

/**
 * Starts an embedded control plane and resolves when it listens.
 * Throws PAL_BAD_BIND, PAL_PORT_TAKEN, PAL_DATA_IN_USE, PAL_DATA_NEWER, PAL_BAD_SEED.
 */
export const startPlane: ControlPlaneModule["startPlane"] = async (options) => {
  mustBeLoopback(options.bind);
  const directory = openDirectory(options.dataDirectory);
  try {
    return await run(directory, options);
  } catch (error) {
    directory.close();
    throw error;
  }
};

async function run(directory: Directory, options: PlaneOptions): Promise<Plane> {
  const { store } = directory;
  const mode = hostsMode(options.hosts);
  const clock = new Clock();
  const mint = new Mint(options.testHooks === true);
  const isNew = store.transaction((tx) => tx.first("user")) === undefined;
  const postgres = await findPostgres(options);
  const pgVersions = postgres ? { offered: [postgres.major], default: postgres.major } : NEON_PG_VERSIONS;
  const fill = await seeding(isNew ? options.seedFile : undefined, { clock, mint, pgVersions });
  const { admin, organization, key } = establish(directory, { clock, mint, plan: options.plan }, fill);
  const gate = new Gate((project) => store.transaction((tx) => tx.count("operation", { where: { project, open: true }, limit: 1 }) > 0));
  const hooks = await testHooks(options, (seconds) => {
    clock.advance(seconds);
    sweep.now();
    void door?.renewCertificate();
  });
  const worker = new Worker({
    ...{ store, clock, log: options.log },
    perform: async (operation, signal) => {
      await Promise.all([delay(options.operationTimeMs, undefined, { signal }), computes?.perform(operation)]);
      hooks?.perform(operation);
    },
    ended: (projectId) => {
      gate.advance(projectId);
    },
  });
  const computes = postgres && (await openComputes(postgres, { store, clock, mint, log: options.log }, options));
  const door =
    computes &&
    (await openDoor(computes, store, clock, options).catch((error: unknown) =>
      computes.close().then(() => Promise.reject(error as Error)),
    ));
  const hosts = hostsOf(await mode, door?.port ?? options.proxyPort, door?.rootCert);
  const { operationTimeMs, log } = options;
  const world: World = {
    ...{ store, clock, mint, hosts, gate, worker, operationTimeMs, pgVersions, adminId: admin.id, read: computes?.read, log },
  };
  const sweep = new Sweep(world);
  const app = buildServer(world, {
    routes: [...routesOf(statusOf(postgres, computes, door)), ...(hooks?.routes ?? [])],
    limiter: options.rateLimits === "neon" ? new RateLimiter(() => clock.now()) : undefined,
    interference: hooks,
  });
  const stop = once(async () => {
    gate.close();
    await Promise.all([app.close(), door?.stop()]);
    await sweep.stop();
    await worker.stop();
    await computes?.close();
    directory.close();
  });
  try {
    const origin = await app.listen({ host: options.bind, port: options.apiPort });
    worker.resume();
    if (postgres) tellTruePgVersion(store, postgres.major);
    // After the answers: nobody waits for what is left over.
    computes?.collect().catch((error: unknown) => {
      options.log({ level: "error", event: "collect-failed", error: messageOf(error) });
    });
    const ready = {
      event: "ready",
      apiKey: key,
      orgId: organization.id,
      proxyHost: options.bind,
      proxyPort: door?.port ?? null,
      rootCert: door?.rootCert ?? null,
    } as const;
    return { ready: { ...ready, apiUrl: `${origin}/api/v2` }, stop };
  } catch (error) {
    await Promise.all([sweep.stop(), door?.stop(), computes?.close()]);
    throw (error as NodeJS.ErrnoException).code === "EADDRINUSE"
      ? new PalisadeError("PAL_PORT_TAKEN", `${options.bind}:${options.apiPort}`)
      : error;
  }
}

/** Loaded only where they are asked for. */
async function seeding(
  seedFile: string | undefined,
  { clock, mint, pgVersions }: Pick<World, "clock" | "mint" | "pgVersions">,
): Promise<Parameters<typeof establish>[2]> {
  if (seedFile === undefined) return () => undefined;
  const [{ readSeed }, { applySeed }] = await Promise.all([import("./seed/read.js"), import("./seed/apply.js")]);
  const file = readSeed(seedFile);
  return (tx, identity) => {
    applySeed({ tx, mint, at: clock.at(), identity, pgVersions }, file);
  };
}

async function testHooks(options: PlaneOptions, advance: (seconds: number) => void): Promise<TestHooks | undefined> {
  if (!options.testHooks) return undefined;
  const { TestHooks } = await import("./api/testHooks.js");
  return new TestHooks(advance);
}

/** Loaded only with real computes. */
async function openDoor(
  computes: Computes,
  store: Directory["store"],
  clock: Clock,
  { dataDirectory, bind, proxyPort, log }: PlaneOptions,
): Promise<FrontDoor> {
  const { openFrontDoor } = await import("./frontDoor.js");
  return openFrontDoor({ directory: dataDirectory, bind, port: proxyPort, store, computes, clock, log });
}

/** Real Postgres, unless there is none or it is not wanted: then computes are records, which is said. */
async function findPostgres({ computes, log }: PlaneOptions): Promise<Postgres | undefined> {
  if (computes === "records") return undefined;
  const { locatePostgres } = await import("./computes/postgres.js");
  try {
    return locatePostgres();
  } catch (error) {
    if (!isPalisadeError(error, "PAL_NO_POSTGRES")) throw error;
    log({ level: "warn", event: "no-postgres", error: error.message });
    return undefined;
  }
}

async function openComputes(
  postgres: Postgres,
  world: Omit<ComputesOptions, "clusters">,
  { dataDirectory, log }: PlaneOptions,
): Promise<Computes> {
  const [{ Computes }, { Clusters }] = await Promise.all([import("./computes/computes.js"), import("./computes/clusters.js")]);
  const clusters = await Clusters.open(join(dataDirectory, "clusters"), postgres, log);
  log({
    level: "info",
    event: "postgres",
    version: postgres.major,
    origin: postgres.origin,
    passwordGuard: clusters.passwordGuard,
    ...(postgres.runAs && { user: postgres.runAs.name }),
  });
  return new Computes({ ...world, clusters });
}

/** An earlier version wrote down what was asked for, and ran what is installed. */
function tellTruePgVersion(store: Store, major: number): void {
  store.transaction((tx) => {
    for (const project of tx.list("project", { deleted: "with" }))
      if (project.pg_version !== major) tx.put("project", { ...project, pg_version: major });
  });
}

const statusOf = (postgres: Postgres | undefined, computes: Computes | undefined, door: FrontDoor | undefined) => ({
  postgres: postgres ? { version: postgres.major, origin: postgres.origin } : null,
  password_guard: computes?.passwordGuard ?? null,
  proxy: door ? { port: door.port, root_cert: door.rootCert } : null,
});

function mustBeLoopback(bind: string): void {
  const loopback = bind === "localhost" || bind === "::1" || (isIP(bind) === 4 && bind.startsWith("127."));
  if (!loopback) throw new PalisadeError("PAL_BAD_BIND", `${bind} is reachable from other machines`);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
