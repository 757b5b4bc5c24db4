import { isIP } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { isPalisadeError, messageOf, PalisadeError } from "@palisade/neon/contract/errors";
import type { ControlPlaneModule, Plane, PlaneOptions } from "@palisade/neon/contract/plane";
import type { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { auditRoutes } from "./api/audit.js";
import { openApiRoute } from "./api/openapi.js";
import type { TestHooks } from "./api/testHooks.js";
import { planeStatusRoute } from "./api/planeStatus.js";
import { RateLimiter } from "./api/rateLimit.js";
import { ROUTES } from "./api/routes.js";
import { buildServer } from "./api/server.js";
import { Clock } from "./clock.js";
import type { FrontDoor } from "./frontDoor.js";
import type { Computes, ComputesOptions } from "./computes/computes.js";
import { DOMAIN, hostsMode, hostsOf } from "./hosts.js";
import { establish } from "./identity.js";
import { Mint } from "./mint.js";
import { Gate } from "./operations/gate.js";
import { Sweep } from "./operations/sweep.js";
import { Worker } from "./operations/worker.js";
import { type Directory, openDirectory } from "./store/directory.js";
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
  const fill = await seeding(isNew ? options.seedFile : undefined, clock, mint);
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
  const computes = await openComputes({ ...{ store, clock, mint, log: options.log } }, options);
  const door =
    computes &&
    (await openDoor(computes, store, clock, options).catch((error: unknown) =>
      computes.close().then(() => Promise.reject(error as Error)),
    ));
  const hosts = hostsOf(await mode, door?.port ?? options.proxyPort, door?.rootCert);
  const { operationTimeMs, log } = options;
  if (!isNew && options.seedFile !== undefined)
    log({
      level: "warn",
      event: "seed-ignored",
      message: `${options.dataDirectory} has its world already; a seed is for a new data directory`,
    });
  if (door) log({ level: "info", event: "hosts", form: hosts.proxyHost === DOMAIN ? "sni" : "universal" });
  const world: World = { store, clock, mint, hosts, gate, worker, operationTimeMs, adminId: admin.id, read: computes?.read, log };
  const sweep = new Sweep(world);
  const routes = [...ROUTES, planeStatusRoute(() => statusOf(options, computes, door)), ...auditRoutes];
  const app = buildServer(world, {
    routes: [...routes, openApiRoute(routes), ...(hooks?.routes ?? [])],
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
async function seeding(seedFile: string | undefined, clock: Clock, mint: Mint): Promise<Parameters<typeof establish>[2]> {
  if (seedFile === undefined) return () => undefined;
  const [{ readSeed }, { applySeed }] = await Promise.all([import("./seed/read.js"), import("./seed/apply.js")]);
  const file = readSeed(seedFile);
  return (tx, identity) => {
    applySeed({ tx, mint, at: clock.at(), identity }, file);
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
async function openComputes(
  world: Omit<ComputesOptions, "clusters">,
  { computes, dataDirectory, log }: PlaneOptions,
): Promise<Computes | undefined> {
  if (computes === "records") return undefined;
  const [{ Computes }, { Clusters }, { locatePostgres }] = await Promise.all([
    import("./computes/computes.js"),
    import("./computes/clusters.js"),
    import("./computes/postgres.js"),
  ]);
  try {
    const postgres = locatePostgres();
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
  } catch (error) {
    if (!isPalisadeError(error, "PAL_NO_POSTGRES")) throw error;
    log({ level: "warn", event: "no-postgres", error: error.message });
    return undefined;
  }
}

const statusOf = ({ dataDirectory }: PlaneOptions, computes: Computes | undefined, door: FrontDoor | undefined): PlaneStatus => ({
  password_guard: computes?.passwordGuard ?? null,
  proxy: door ? { port: door.port, root_cert: door.rootCert } : null,
  ...{ address: door?.address ?? null, domain: DOMAIN, data_directory: dataDirectory },
  sessions: (door?.sessions() ?? []).map(({ projectId, endpointId, count }) => ({ project_id: projectId, endpoint_id: endpointId, count })),
});

function mustBeLoopback(bind: string): void {
  const loopback = bind === "localhost" || bind === "::1" || (isIP(bind) === 4 && bind.startsWith("127."));
  if (!loopback) throw new PalisadeError("PAL_BAD_BIND", `${bind} is reachable from other machines`);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
