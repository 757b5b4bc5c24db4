import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import type { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { RateLimiter } from "./api/rateLimit.js";
import { buildRoutes } from "./api/routes.js";
import { buildServer } from "./api/server.js";
import type { TestHooks } from "./api/testHooks.js";
import { AnomalyWatch } from "./audit/anomalies/anomalyWatch.js";
import { AuditTrail } from "./audit/auditTrail.js";
import { AuditExports } from "./audit/export/exports.js";
import { createTimers } from "./audit/export/timers.js";
import type { Clock } from "./clock.js";
import type { Computes } from "./computes/computes.js";
import type { PostgresBinaries } from "./computes/postgresInstallation.js";
import { mountConsole } from "./console/mountConsole.js";
import { areCoreDumpsOff, limitCoreDumps } from "./coreDumps.js";
import { openKeyStore, type KeyStore } from "./encryption/keyStore.js";
import { PlaneSigner } from "./encryption/planeSigner.js";
import type { DataPlaneProxy } from "./dataPlane.js";
import { DOMAIN, detectHostsMode, createHosts } from "./hosts.js";
import type { ApiListener } from "./listen/apiListener.js";
import type { ClientListener, PrivateListener } from "./listen/clientListeners.js";
import type { IdGenerator } from "./idGenerator.js";
import type { Pki } from "./pki/index.js";
import { hasNormalizer } from "./audit/normalizeStatement.js";
import { KeyPermissions } from "@palisade/neon/encryption/keys/keyPermissions";
import { CallQueue } from "./operations/callQueue.js";
import { endDueAccess } from "./operations/temporaryAccessEnd.js";
import { KeyMaintenance } from "./operations/keyMaintenance.js";
import { Sweep } from "./operations/sweep.js";
import { Worker } from "./operations/worker.js";
import { isWrappedAsDesired } from "./domain/customerKeys.js";
import { KeyChecks } from "./services/customerKeys/keyChecks.js";
import { CustomerKeyProviders } from "./services/customerKeys/providers.js";
import type { StoredCustomerKey } from "./store/kinds.js";
import type { ErasureTools } from "./services/erasure.js";
import { buildSealing, watchKeyedProjects } from "./sealing.js";
import type { ServedSecurityTxt } from "./securityTxt.js";
import type { Store } from "./store/store.js";
import type { PlaneKeys, PlaneContext } from "./planeContext.js";

/** Of the 20 seconds that the end of a plane may take: what is not sealed by then is moved out of reach, and sealed first at the next start. */
const SEAL_DEADLINE_MS = 14_000;

/** What real computes need. */
export interface DataPlaneResources {
  readonly postgres: PostgresBinaries;
  readonly pki: Pki;
  readonly listener: ClientListener;
  readonly privateListener: PrivateListener;
}

/** Resources that the start has opened. */
export interface PlaneResources {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly pgVersions: PlaneContext["pgVersions"];
  readonly adminId: string;
  readonly calls: ApiListener;
  readonly dataPlane: DataPlaneResources | undefined;
  readonly securityTxt: ServedSecurityTxt | undefined;
}

/** A running plane. */
export interface RunningPlane {
  /** Ends every connection and operation; the store stays open. */
  stop: () => Promise<void>;
}

/** Everything behind the ports: the largest part of what a plane loads, and none of what it needs to say where it is. */
export async function assemble(options: PlaneOptions, opened: PlaneResources): Promise<RunningPlane> {
  const [keys] = await Promise.all([openKeys(options, opened), limitCoreDumps()]);
  const { dataDirectory, log } = options;
  const audit = AuditTrail.open({ dataDirectory, store: opened.store, clock: opened.clock, signer: keys.signer, log });
  // Whatever ended while the plane was down has ended before anything answers.
  endDueAccess(opened, opened.clock.formatNow());
  let live: RunningDataPlane = {};
  try {
    live = await openComputes(options, opened, keys, audit);
    return await startServing(options, opened, live, keys, audit);
  } catch (error) {
    await live.proxy?.stop();
    await live.computes?.close();
    audit.close();
    throw error;
  }
}

/** The parts that run only where there is a Postgres. */
interface RunningDataPlane {
  computes?: Computes;
  erasure?: ErasureTools;
  proxy?: DataPlaneProxy;
}

/** The keys of the plane, before anything that needs them. */
type OpenedKeys = Pick<PlaneKeys, "keyStore" | "checks"> & { readonly signer: PlaneSigner };

async function startServing(
  options: PlaneOptions,
  opened: PlaneResources,
  live: RunningDataPlane,
  { keyStore, checks }: OpenedKeys,
  audit: AuditTrail,
): Promise<RunningPlane> {
  const { computes, proxy } = live;
  const { store, clock, ids, pgVersions, adminId, calls, dataPlane, securityTxt } = opened;
  const { log, operationTimeMs } = options;
  const mode = detectHostsMode(options.hosts);
  const callQueue = new CallQueue((project) =>
    store.transact((tx) => tx.count("operation", { where: { project, open: true }, limit: 1 }) > 0),
  );
  const hooks = await loadTestHooks(options, (seconds) => {
    clock.advance(seconds);
    sweep.startRound();
    maintenance.runDue();
    void proxy?.renewCertificate();
  });
  const worker = new Worker({
    store,
    clock,
    log,
    perform: async (operation, signal) => {
      await Promise.all([delay(operationTimeMs, undefined, { signal }), computes?.perform(operation)]);
      hooks?.throwRequestedFailure(operation);
    },
    onEnded: (projectId) => {
      callQueue.advance(projectId);
    },
  });
  const hosts = createHosts(await mode, proxy?.port ?? options.proxyPort, proxy?.rootCert);
  if (proxy) log({ level: "info", event: "hosts", form: hosts.proxyHost === DOMAIN ? "sni" : "universal" });
  const maintenance = new KeyMaintenance({ store, clock, ids, callQueue, worker, keyStore, checks, log });
  const keys: PlaneKeys = { keyStore, checks, maintenance, countObjects: (key) => countKeys(keyStore, key, computes) };
  const auditExports = openExports(options, opened, audit);
  const plane: PlaneContext = {
    store,
    clock,
    ids,
    hosts,
    callQueue,
    worker,
    operationTimeMs,
    pgVersions,
    adminId,
    keys,
    audit,
    exports: auditExports,
    verifyApproval: options.verifyApproval,
    erasure: live.erasure,
    readDatabase: computes?.readDatabase,
    log,
  };
  const sweep = new Sweep(plane);
  if (dataPlane) correctPgVersions(store, dataPlane.postgres.major);
  const routes = buildRoutes(() => buildStatus(options, opened, live));
  const app = buildServer(plane, {
    routes: [...routes, ...(hooks?.routes ?? [])],
    limiter: options.rateLimits === "neon" ? new RateLimiter(() => clock.now()) : undefined,
    interference: hooks,
    securityTxt,
  });
  mountConsole(app, plane, routes);
  await app.ready();
  calls.serve((request, response) => {
    app.routing(request, response);
  });
  worker.resume();
  auditExports.start();
  const anomalies = new AnomalyWatch({ audit, clock, log });
  anomalies.start();
  const collect = () =>
    void computes?.collectGarbage().catch((error: unknown) => {
      log({ level: "error", event: "collect-failed", error: formatErrorMessage(error) });
    });
  // After serving starts: no call waits for garbage collection.
  collect();
  watchKeyedProjects(store, collect);
  return {
    stop: async () => {
      const noMoreTime = AbortSignal.timeout(SEAL_DEADLINE_MS);
      callQueue.close();
      const audited = Promise.all([auditExports.stop(), anomalies.stop()]);
      await Promise.all([calls.close(), proxy?.stop()]);
      await app.close();
      maintenance.stop();
      await sweep.stop();
      await worker.stop();
      await computes?.close(noMoreTime);
      await audited;
      audit.close();
      // What was asked of a key service may be answered when the directory is another plane's.
      await keyStore.keyring.close();
    },
  };
}

/** What the audit of each organisation is exported to; rows of the last moments come after the next start. */
function openExports(
  { dataDirectory, allowedSinks = [], exportClients, log }: PlaneOptions,
  { store, clock }: PlaneResources,
  audit: AuditTrail,
): AuditExports {
  for (const { organization } of allowedSinks)
    if (organization !== "plane" && !store.transact((tx) => tx.get("organization", organization)))
      log({ level: "warn", event: "allowed-sink-of-nobody", message: `there is no organisation ${organization} to allow a sink for` });
  const sinks = { ...exportClients, allowed: allowedSinks, folder: join(dataDirectory, "exports") };
  return new AuditExports({ store, audit, timers: createTimers(clock), sinks, log });
}

async function loadTestHooks(options: PlaneOptions, advance: (seconds: number) => void): Promise<TestHooks | undefined> {
  if (!options.testHooks) return undefined;
  const { TestHooks } = await import("./api/testHooks.js");
  return new TestHooks(advance);
}

/** The local key for all, and the keys that projects have. @throws PAL_CMK_REFERENCE for an allowed key that is none */
async function openKeys(
  { dataDirectory, allowedKeys, keyClients, log }: PlaneOptions,
  { store, clock }: PlaneResources,
): Promise<OpenedKeys> {
  const permissions = new KeyPermissions(allowedKeys ?? []);
  for (const { organization } of allowedKeys ?? [])
    if (!store.transact((tx) => tx.get("organization", organization)))
      log({ level: "warn", event: "allowed-key-of-nobody", message: `there is no organisation ${organization} to allow a key for` });
  const keyStore = await openKeyStore(
    dataDirectory,
    clock,
    ({ local, externalIdSecret }) => new CustomerKeyProviders({ store, local, permissions, externalIdSecret, clients: keyClients }),
  );
  const signer = await PlaneSigner.open(dataDirectory);
  return { keyStore, signer, checks: new KeyChecks({ store, clock, providers: keyStore.providers, log }) };
}

function countKeys({ keyring }: KeyStore, key: StoredCustomerKey, computes: Computes | undefined): ReturnType<PlaneKeys["countObjects"]> {
  const entries = keyring.list({ project: key.project_id });
  const left = entries.filter(({ wrapped }) => !isWrappedAsDesired(wrapped, key));
  return {
    sealed_objects: computes?.countSealedObjects(key.project_id) ?? 0,
    erasure_keys: entries.length,
    erasure_keys_to_rewrap: left.length,
  };
}

/** Loaded only where there is a Postgres. */
async function openComputes(
  options: PlaneOptions,
  { store, clock, ids, dataPlane }: PlaneResources,
  { keyStore, checks, signer }: OpenedKeys,
  audit: AuditTrail,
): Promise<RunningDataPlane> {
  if (dataPlane === undefined) return {};
  const { dataDirectory, operationTimeMs, log } = options;
  const { postgres, pki, listener, privateListener } = dataPlane;
  const [{ Computes }, { Clusters }, { Eraser }, { openDataPlaneProxy }] = await Promise.all([
    import("./computes/computes.js"),
    import("./computes/clusters.js"),
    import("./computes/eraser.js"),
    import("./dataPlane.js"),
  ]);
  const sealing = buildSealing(options, store, keyStore);
  const clusters = await Clusters.open(join(dataDirectory, "clusters"), postgres, log, sealing);
  const { major, origin, runAs } = postgres;
  log({
    level: "info",
    event: "postgres",
    version: major,
    origin,
    passwordGuard: clusters.passwordGuard,
    ...(runAs && { user: runAs.name }),
  });
  const eraser = new Eraser(clusters, keyStore.erasureKeys, store);
  const erasure = { eraser, signer };
  const computes = new Computes({
    store,
    clock,
    ids,
    log,
    clusters,
    destroyUnusedKeys: () => eraser.destroyUnusedKeys(),
    assertMayStart: (projectId) => checks.assertMayStart(projectId),
  });
  try {
    const proxy = openDataPlaneProxy({
      directory: dataDirectory,
      listener,
      privateListener,
      pki,
      store,
      computes,
      clock,
      audit,
      operationTimeMs,
      log,
    });
    return { computes, erasure, proxy };
  } catch (error) {
    await computes.close();
    throw error;
  }
}

/** An earlier version stored the requested version, and ran the installed one. */
function correctPgVersions(store: Store, major: number): void {
  store.transact((tx) => {
    for (const project of tx.list("project", { deleted: "with" }))
      if (project.pg_version !== major) tx.put("project", { ...project, pg_version: major });
  });
}

const buildStatus = (
  { dataDirectory, seal, verifyApproval }: PlaneOptions,
  { dataPlane }: PlaneResources,
  { computes, proxy }: RunningDataPlane,
): PlaneStatus => ({
  postgres: dataPlane ? { version: dataPlane.postgres.major, origin: dataPlane.postgres.origin } : null,
  password_guard: computes?.passwordGuard ?? null,
  proxy: proxy ? { port: proxy.port, root_cert: proxy.rootCert } : null,
  address: proxy?.address ?? null,
  domain: DOMAIN,
  data_directory: dataDirectory,
  sealing: { mode: seal ?? "keyed", core_dumps: areCoreDumpsOff() ? "off" : "on", unsealed: computes?.listUnsealed() ?? [] },
  statements: verifyApproval && hasNormalizer() ? "normalised" : verifyApproval ? "length" : null,
  sessions: (proxy?.listSessions() ?? []).map(({ projectId, endpointId, count }) => ({
    project_id: projectId,
    endpoint_id: endpointId,
    count,
  })),
});
