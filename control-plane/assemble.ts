import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { messageOf } from "@palisade/neon/contract/errors";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import type { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { RateLimiter } from "./api/rateLimit.js";
import { routesOf } from "./api/routes.js";
import { buildServer } from "./api/server.js";
import type { TestHooks } from "./api/testHooks.js";
import type { Clock } from "./clock.js";
import type { Computes } from "./computes/computes.js";
import type { Postgres } from "./computes/postgres.js";
import { areCoreDumpsOff, limitCoreDumps } from "./coreDumps.js";
import { CertificateSigner } from "./encryption/certificates.js";
import { openVault, type Vault } from "./encryption/vault.js";
import type { FrontDoor } from "./frontDoor.js";
import { DOMAIN, hostsMode, hostsOf } from "./hosts.js";
import type { ApiListener } from "./listen/api.js";
import type { ClientListener, PrivateListener } from "./listen/clients.js";
import type { Mint } from "./mint.js";
import type { Pki } from "./pki/index.js";
import { KeyPermissions } from "./encryption/keys/permission.js";
import { Gate } from "./operations/gate.js";
import { KeyRounds } from "./operations/keyRounds.js";
import { Sweep } from "./operations/sweep.js";
import { Worker } from "./operations/worker.js";
import { isSettled } from "./domain/customerKeys.js";
import { KeyLooks } from "./services/customerKeys/looks.js";
import { CustomerKeyProviders } from "./services/customerKeys/providers.js";
import type { StoredCustomerKey } from "./store/kinds.js";
import type { ErasureTools } from "./services/erase.js";
import { sealingOf, whenKeyed } from "./sealing.js";
import type { Store } from "./store/store.js";
import type { Keys, World } from "./world.js";

/** Of the 20 seconds that the end of a plane may take: what is not sealed by then is moved out of reach, and sealed first at the next start. */
const SEAL_DEADLINE_MS = 14_000;

/** What real computes stand on. */
export interface DataPlane {
  readonly postgres: Postgres;
  readonly pki: Pki;
  readonly listener: ClientListener;
  readonly privateListener: PrivateListener;
}

/** What the start has opened. */
export interface Opened {
  readonly store: Store;
  readonly clock: Clock;
  readonly mint: Mint;
  readonly pgVersions: World["pgVersions"];
  readonly adminId: string;
  readonly calls: ApiListener;
  readonly dataPlane: DataPlane | undefined;
}

/** A plane that answers. */
export interface Assembled {
  /** Ends every connection and operation; the store stays open. */
  stop: () => Promise<void>;
}

/** Everything behind the ports: the largest part of what a plane loads, and none of what it needs to say where it is. */
export async function assemble(options: PlaneOptions, opened: Opened): Promise<Assembled> {
  const [keys] = await Promise.all([openKeys(options, opened), limitCoreDumps()]);
  const live = await openComputes(options, opened, keys);
  try {
    return await answer(options, opened, live, keys);
  } catch (error) {
    await live.door?.stop();
    await live.computes?.close();
    throw error;
  }
}

/** What runs where there is a Postgres. */
interface Live {
  computes?: Computes;
  erasure?: ErasureTools;
  door?: FrontDoor;
}

/** The keys of the plane, before anything that needs them. */
type OpenedKeys = Pick<Keys, "vault" | "looks">;

async function answer(options: PlaneOptions, opened: Opened, live: Live, { vault, looks }: OpenedKeys): Promise<Assembled> {
  const { computes, door } = live;
  const { store, clock, mint, pgVersions, adminId, calls, dataPlane } = opened;
  const { log, operationTimeMs } = options;
  const mode = hostsMode(options.hosts);
  const gate = new Gate((project) => store.transaction((tx) => tx.count("operation", { where: { project, open: true }, limit: 1 }) > 0));
  const hooks = await testHooks(options, (seconds) => {
    clock.advance(seconds);
    sweep.now();
    rounds.now();
    void door?.renewCertificate();
  });
  const worker = new Worker({
    ...{ store, clock, log },
    perform: async (operation, signal) => {
      await Promise.all([delay(operationTimeMs, undefined, { signal }), computes?.perform(operation)]);
      hooks?.perform(operation);
    },
    ended: (projectId) => {
      gate.advance(projectId);
    },
  });
  const hosts = hostsOf(await mode, door?.port ?? options.proxyPort, door?.rootCert);
  if (door) log({ level: "info", event: "hosts", form: hosts.proxyHost === DOMAIN ? "sni" : "universal" });
  const rounds = new KeyRounds({ store, clock, mint, gate, worker, vault, looks, log });
  const keys: Keys = { vault, looks, rounds, countsOf: (key) => countKeys(vault, key, computes) };
  const world: World = {
    ...{ store, clock, mint, hosts, gate, worker, operationTimeMs, pgVersions, adminId, keys },
    ...{ erasure: live.erasure, read: computes?.read, log },
  };
  const sweep = new Sweep(world);
  if (dataPlane) tellTruePgVersion(store, dataPlane.postgres.major);
  const app = buildServer(world, {
    routes: [...routesOf(() => statusOf(options, opened, live)), ...(hooks?.routes ?? [])],
    limiter: options.rateLimits === "neon" ? new RateLimiter(() => clock.now()) : undefined,
    interference: hooks,
  });
  await app.ready();
  calls.serve((request, response) => {
    app.routing(request, response);
  });
  worker.resume();
  const collect = () =>
    void computes?.collect().catch((error: unknown) => {
      log({ level: "error", event: "collect-failed", error: messageOf(error) });
    });
  // After the answers: nobody waits for what is left over.
  collect();
  whenKeyed(store, collect);
  return {
    stop: async () => {
      const noMoreTime = AbortSignal.timeout(SEAL_DEADLINE_MS);
      gate.close();
      await Promise.all([calls.close(), door?.stop()]);
      await app.close();
      rounds.stop();
      await sweep.stop();
      await worker.stop();
      await computes?.close(noMoreTime);
      // What was asked of a key service may be answered when the directory is another plane's.
      await vault.keyring.close();
    },
  };
}

async function testHooks(options: PlaneOptions, advance: (seconds: number) => void): Promise<TestHooks | undefined> {
  if (!options.testHooks) return undefined;
  const { TestHooks } = await import("./api/testHooks.js");
  return new TestHooks(advance);
}

/** The local key for all, and the keys that projects have. @throws PAL_CMK_REFERENCE for an allowed key that is none */
async function openKeys({ dataDirectory, allowedKeys, keyClients, log }: PlaneOptions, { store, clock }: Opened): Promise<OpenedKeys> {
  const permissions = new KeyPermissions(allowedKeys ?? []);
  for (const { organization } of allowedKeys ?? [])
    if (!store.transaction((tx) => tx.get("organization", organization)))
      log({ level: "warn", event: "allowed-key-of-nobody", message: `there is no organisation ${organization} to allow a key for` });
  const vault = await openVault(
    dataDirectory,
    clock,
    ({ local, externalIdSecret }) => new CustomerKeyProviders({ store, local, permissions, externalIdSecret, clients: keyClients }),
  );
  return { vault, looks: new KeyLooks({ store, clock, providers: vault.providers, log }) };
}

function countKeys({ keyring }: Vault, key: StoredCustomerKey, computes: Computes | undefined): ReturnType<Keys["countsOf"]> {
  const entries = keyring.list({ project: key.project_id });
  const left = entries.filter(({ wrapped }) => !isSettled(wrapped, key));
  return {
    sealed_objects: computes?.sealedObjects(key.project_id) ?? 0,
    erasure_keys: entries.length,
    erasure_keys_to_rewrap: left.length,
  };
}

/** Loaded only where there is a Postgres. */
async function openComputes(options: PlaneOptions, { store, clock, mint, dataPlane }: Opened, { vault, looks }: OpenedKeys): Promise<Live> {
  if (dataPlane === undefined) return {};
  const { dataDirectory, operationTimeMs, log } = options;
  const { postgres, pki, listener, privateListener } = dataPlane;
  const [{ Computes }, { Clusters }, { Erasing }, { openFrontDoor }] = await Promise.all([
    import("./computes/computes.js"),
    import("./computes/clusters.js"),
    import("./computes/erasing.js"),
    import("./frontDoor.js"),
  ]);
  const sealing = sealingOf(options, store, vault);
  const clusters = await Clusters.open(join(dataDirectory, "clusters"), postgres, log, sealing);
  const { major, origin, runAs } = postgres;
  log({
    ...{ level: "info", event: "postgres", version: major, origin, passwordGuard: clusters.passwordGuard },
    ...(runAs && { user: runAs.name }),
  });
  const erasing = new Erasing(clusters, vault.erasureKeys, store);
  const erasure = { erasing, signer: await CertificateSigner.open(dataDirectory) };
  const computes = new Computes({
    ...{ store, clock, mint, log, clusters, forgetKeys: () => erasing.forgetKeys() },
    mayStart: (projectId) => looks.assertMayStart(projectId),
  });
  try {
    const door = openFrontDoor({ directory: dataDirectory, listener, privateListener, pki, store, computes, clock, operationTimeMs, log });
    return { computes, erasure, door };
  } catch (error) {
    await computes.close();
    throw error;
  }
}

/** An earlier version wrote down what was asked for, and ran what is installed. */
function tellTruePgVersion(store: Store, major: number): void {
  store.transaction((tx) => {
    for (const project of tx.list("project", { deleted: "with" }))
      if (project.pg_version !== major) tx.put("project", { ...project, pg_version: major });
  });
}

const statusOf = ({ dataDirectory, seal }: PlaneOptions, { dataPlane }: Opened, { computes, door }: Live): PlaneStatus => ({
  postgres: dataPlane ? { version: dataPlane.postgres.major, origin: dataPlane.postgres.origin } : null,
  password_guard: computes?.passwordGuard ?? null,
  proxy: door ? { port: door.port, root_cert: door.rootCert } : null,
  ...{ address: door?.address ?? null, domain: DOMAIN, data_directory: dataDirectory },
  sealing: { mode: seal ?? "keyed", core_dumps: areCoreDumpsOff() ? "off" : "on", unsealed: computes?.unsealed() ?? [] },
  sessions: (door?.sessions() ?? []).map(({ projectId, endpointId, count }) => ({ project_id: projectId, endpoint_id: endpointId, count })),
});
