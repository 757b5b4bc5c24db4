import { isIP } from "node:net";
import { join } from "node:path";
import { isPalisadeError, formatErrorMessage, PalisadeError } from "@palisade/neon/contract/errors";
import type { ControlPlaneModule, Plane, PlaneOptions, PlaneReady } from "@palisade/neon/contract/plane";
import type { RunningPlane, DataPlaneResources } from "./assemble.js";
import { Clock } from "./clock.js";
import { getPgVersions } from "./domain/pgVersions.js";
import { ensureIdentity } from "./identity.js";
import { listenForCalls } from "./listen/apiListener.js";
import { listenForClients, listenForPrivateEndpoints } from "./listen/clientListeners.js";
import { IdGenerator } from "./idGenerator.js";
import type { PostgresBinaries } from "./computes/postgresInstallation.js";
import { readSecurityTxt } from "./securityTxt.js";
import { type DataDirectory, openDirectory } from "./store/directory.js";
import type { PlaneContext } from "./planeContext.js";

/**
 * Starts an embedded control plane and resolves when it listens: calls and connections wait while what answers them is loaded.
 * Throws PAL_BAD_BIND, PAL_PORT_TAKEN, PAL_DATA_IN_USE, PAL_DATA_NEWER, PAL_DATA_CLOSED, PAL_BAD_SEED, PAL_BAD_SECURITY_TXT.
 */
export const startPlane: ControlPlaneModule["startPlane"] = async (options) => {
  assertLoopback(options.bind);
  const directory = openDirectory(options.dataDirectory);
  const opened: (() => Promise<void>)[] = [];
  try {
    return await openPlane(directory, options, opened);
  } catch (error) {
    await Promise.all(opened.map((close) => close()));
    directory.close();
    throw error;
  }
};

/** @param opened gets what is to be closed where the start fails */
async function openPlane(directory: DataDirectory, options: PlaneOptions, opened: (() => Promise<void>)[]): Promise<Plane> {
  const { store } = directory;
  const clock = new Clock();
  const securityTxt = readSecurityTxt(options, clock.now());
  const ids = new IdGenerator(options.testHooks === true);
  const isNew = store.transact((tx) => tx.findFirst("user")) === undefined;
  const postgres = await findPostgres(options);
  const pgVersions = getPgVersions(postgres);
  const fill = await loadSeed(isNew ? options.seedFile : undefined, { clock, ids, pgVersions });
  const { admin, organization, key } = ensureIdentity(directory, { clock, ids, plan: options.plan }, fill);
  if (!isNew && options.seedFile !== undefined)
    options.log({
      level: "warn",
      event: "seed-ignored",
      message: `${options.dataDirectory} already has data; a seed applies to a new data directory only`,
    });
  const dataPlane = postgres && (await openDataPlaneResources(postgres, options, clock));
  if (dataPlane) opened.push(dataPlane.listener.close, dataPlane.privateListener.close);
  const calls = await listenForCalls(options.bind, options.apiPort);
  const assembling = runAfterReady(async () => {
    const { assemble } = await import("./assemble.js");
    return assemble(options, { store, clock, ids, pgVersions, adminId: admin.id, calls, dataPlane, securityTxt });
  });
  const whole = assembling.then(() => undefined);
  whole.catch((error: unknown) => {
    options.log({ level: "error", event: "start-failed", error: formatErrorMessage(error) });
  });
  const stop = memoize(async () => {
    const assembled: RunningPlane | undefined = await assembling.catch(() => undefined);
    if (assembled) await assembled.stop();
    else await Promise.all([calls.close(), dataPlane?.listener.close(), dataPlane?.privateListener.close()]);
    directory.close();
  });
  const ready: PlaneReady = {
    event: "ready" as const,
    apiUrl: `${calls.origin}/api/v2`,
    apiKey: key,
    orgId: organization.id,
    proxyHost: options.bind,
    proxyPort: dataPlane?.listener.port ?? null,
    rootCert: dataPlane?.pki.rootCertPath ?? null,
    privateSocket: dataPlane?.privateListener.path ?? null,
  };
  return { ready, stop, whole };
}

/** Not before the caller has had the time to say that the plane is ready. */
async function runAfterReady<T>(work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve));
  return work();
}

/** Loaded only where they are asked for. */
async function loadSeed(
  seedFile: string | undefined,
  { clock, ids, pgVersions }: Pick<PlaneContext, "clock" | "ids" | "pgVersions">,
): Promise<Parameters<typeof ensureIdentity>[2]> {
  if (seedFile === undefined) return () => undefined;
  const [{ readSeed }, { applySeed }] = await Promise.all([import("./seed/read.js"), import("./seed/apply.js")]);
  const file = readSeed(seedFile);
  return (tx, identity) => {
    applySeed({ tx, ids, at: clock.formatNow(), identity, pgVersions }, file);
  };
}

/** Real Postgres, unless there is none or it is not wanted: then computes are records, which is said. */
async function findPostgres({ computes, log }: PlaneOptions): Promise<PostgresBinaries | undefined> {
  if (computes === "records") return undefined;
  const { locatePostgres } = await import("./computes/postgresInstallation.js");
  try {
    return locatePostgres();
  } catch (error) {
    if (!isPalisadeError(error, "PAL_NO_POSTGRES")) throw error;
    log({ level: "warn", event: "no-postgres", error: error.message });
    return undefined;
  }
}

async function openDataPlaneResources(
  postgres: PostgresBinaries,
  { dataDirectory, bind, proxyPort }: PlaneOptions,
  clock: Clock,
): Promise<DataPlaneResources> {
  const [{ allowTraversal }, { ensurePki }] = await Promise.all([import("./computes/allowTraversal.js"), import("./pki/index.js")]);
  const [pki] = await Promise.all([
    ensurePki(join(dataDirectory, "pki"), new Date(clock.now())),
    postgres.runAs && allowTraversal(dataDirectory, postgres.runAs),
  ]);
  const listener = await listenForClients(bind, proxyPort);
  return { postgres, pki, listener, privateListener: await listenForPrivateEndpoints() };
}

function assertLoopback(bind: string): void {
  const loopback = bind === "localhost" || bind === "::1" || (isIP(bind) === 4 && bind.startsWith("127."));
  if (!loopback) throw new PalisadeError("PAL_BAD_BIND", `${bind} is reachable from other machines`);
}

function memoize(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
