import { randomBytes, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneAccessLine, PlaneLogLine } from "@palisade/neon/contract/plane";
import { parseChallenge } from "@palisade/neon/contract/wire/pathChallenge";
import { recordChallenge } from "./services/pathChallenges.js";
import { listRoles } from "./services/roles.js";
import { isRoleOver } from "./services/temporaryAccess.js";
import { OperationWaiter } from "./operations/operationWaiter.js";
import type { AuditTrail } from "./audit/auditTrail.js";
import { StatementRecorder } from "./audit/statements.js";
import type { Clock } from "./clock.js";
import type { Computes } from "./computes/computes.js";
import { DOMAIN } from "./hosts.js";
import type { ClientListener, PrivateListener } from "./listen/clientListeners.js";
import { ensurePki, type Pki } from "./pki/index.js";
import { isCostly, parseVerifier } from "./passwords/scram.js";
import type { Login } from "./pooler/configurationFiles.js";
import { Poolers } from "./pooler/poolers.js";
import { AccessLog } from "./proxy/accessLog.js";
import type { AccessLogEntry, Backend } from "./proxy/backend.js";
import { type Proxy, startProxy } from "./proxy/index.js";
import { REASON_TEXTS } from "./proxy/refusals.js";
import { StoredRules } from "./proxy/storedRules.js";
import { formatRoleId } from "./store/kinds.js";
import type { Store } from "./store/store.js";

export interface DataPlaneProxy extends Pick<Proxy, "address" | "port" | "listSessions" | "stop"> {
  /** The file to give clients as `sslrootcert`. */
  rootCert: string;
  /** Renews the certificate when it is time; happens by itself every hour. Open sessions keep the one they began with. Never rejects. */
  renewCertificate: () => Promise<void>;
}

export interface DataPlaneProxyOptions {
  directory: string;
  listener: ClientListener;
  privateListener: PrivateListener;
  /** As it was made at the start. */
  pki: Pki;
  store: Store;
  computes: Computes;
  clock: Clock;
  audit: AuditTrail;
  operationTimeMs: number;
  log: (line: PlaneLogLine) => void;
}

const RENEWAL_CHECK_MS = 3_600_000;

/** The TLS proxy over this plane's own store and computes. */
export function openDataPlaneProxy(options: DataPlaneProxyOptions): DataPlaneProxy {
  const { directory, listener, privateListener, pki, store, clock, log } = options;
  let { server } = pki;
  const accessLog = new AccessLog(join(directory, "log"), log);
  const poolers = createPoolers(store, log);
  const certificate = () => new X509Certificate(server.cert).fingerprint256;
  const backend = createBackend({ ...options, getFingerprint: certificate, accessLog, poolers });
  const proxy = startProxy({ listener, privateListener, backend, log, tls: server, domain: DOMAIN, secret: ensureSecret(directory) });

  store.watch((kind, id) => {
    if (kind === "project" || kind === "branch" || kind === "endpoint") proxy.endSessions(id);
    const access = kind === "temporary_access" ? store.transact((tx) => tx.get("temporary_access", id)) : undefined;
    if (access?.ended_at !== undefined) proxy.endRoleSessions(access.branch_id, access.name);
  });

  const renew = async () => {
    const current = await ensurePki(join(directory, "pki"), new Date(clock.now()));
    if (current.server.cert === server.cert) return;
    server = current.server;
    proxy.reloadCertificate(server);
    log({ level: "info", event: "certificate-renewed" });
  };
  let renewal = Promise.resolve();
  const renewCertificate = () =>
    (renewal = renewal.then(renew).catch((error: unknown) => {
      log({ level: "error", event: "certificate-renewal-failed", error: formatErrorMessage(error) });
    }));
  const timer = setInterval(() => void renewCertificate(), RENEWAL_CHECK_MS).unref();
  return {
    address: proxy.address,
    port: proxy.port,
    listSessions: proxy.listSessions,
    rootCert: pki.rootCertPath,
    renewCertificate,
    stop: async () => {
      clearInterval(timer);
      await Promise.all([renewal, proxy.stop()]);
      await Promise.all([accessLog.close(), poolers.close()]);
    },
  };
}

type BackendParts = Pick<DataPlaneProxyOptions, "store" | "computes" | "clock" | "audit" | "operationTimeMs" | "log"> & {
  accessLog: AccessLog;
  poolers: Poolers;
  /** SHA-256 of the one that clients are shown now. */
  getFingerprint: () => string;
};

function createBackend({
  store,
  computes,
  clock,
  audit,
  operationTimeMs,
  getFingerprint: certificate,
  accessLog,
  poolers,
  log,
}: BackendParts): Backend {
  const rules = new StoredRules(store, { now: () => clock.now(), operationTimeMs });
  const settling = new OperationWaiter(store);
  const statements = new StatementRecorder({ store, clock, log }, audit);
  return {
    findRules: (id) => rules.findRules(id),
    findLinkedEndpoint: (linkId) => rules.findLinkedEndpoint(linkId),
    findVerifier: (endpointId, role) =>
      store.transact((tx) => {
        const compute = tx.get("endpoint", endpointId);
        if (compute && isRoleOver(tx, compute.branch_id, role, clock.now())) return undefined;
        const sealed = compute && tx.getSealed("role", formatRoleId(compute.branch_id, role));
        const verifier = sealed && parseVerifier(sealed.verifier);
        // The hook refuses such a password where it is set; one of before, or without the hook, opens nothing.
        return verifier && isCostly(verifier) ? verifier : undefined;
      }),
    wake: async (endpointId, { pooled, database }) => {
      const address = await computes.wake(endpointId);
      computes.onSessionOpened(endpointId);
      const pool = pooled ? await poolers.ensureSocket(endpointId, address, database, listLogins(store, endpointId)) : undefined;
      return {
        socketPath: pool ?? join(address.socketDirectory, `.s.PGSQL.${address.port}`),
        pooled: pool !== undefined,
        release: () => {
          computes.onSessionEnded(endpointId);
        },
      };
    },
    waitForOperations: (endpointId, late) => settling.waitForOperations(endpointId, late),
    openStatementTap: (who) => statements.open(who),
    onDecision: (entry) => {
      if (parseChallenge(entry.applicationName) !== undefined) recordChallenge(store, entry, certificate(), clock.now());
      audit.recordDecision(entry);
      if (accessLog.logDecision(entry)) log(buildAccessLine(store, entry));
    },
    onSessionEnd: (entry) => {
      audit.recordEnd(entry);
      accessLog.logEnd(entry);
    },
  };
}

/** With the names that people know: the access log has room for ids alone. */
function buildAccessLine(store: Store, entry: AccessLogEntry): PlaneAccessLine {
  const { branchId, projectId, reason } = entry;
  const names = store.transact((tx) => ({
    branchName: branchId === undefined ? undefined : tx.get("branch", branchId)?.name,
    projectName: projectId === undefined ? undefined : tx.get("project", projectId)?.name,
  }));
  return { level: "info", event: "access", version: 1, ...entry, ...names, ...(reason && { why: REASON_TEXTS[reason] }) };
}

/** Each ends when its compute is no longer active, whoever changed that. */
function createPoolers(store: Store, log: (line: PlaneLogLine) => void): Poolers {
  const poolers = new Poolers(log);
  store.watch((kind, id) => {
    if (kind !== "endpoint" || !poolers.has(id)) return;
    const compute = store.transact((tx) => tx.get("endpoint", id));
    if (compute?.current_state === "active" && !compute.disabled) return;
    poolers.stop(id).catch((error: unknown) => {
      log({ level: "error", event: "pooler-stop-failed", endpointId: id, error: formatErrorMessage(error) });
    });
  });
  return poolers;
}

/** Roles of the compute's branch that may log in. */
const listLogins = (store: Store, endpointId: string): Login[] =>
  store.transact((tx) => {
    const compute = tx.get("endpoint", endpointId);
    return compute
      ? listRoles(tx, compute.branch_id).flatMap(({ role: { name }, verifier }) => (verifier === undefined ? [] : { name, verifier }))
      : [];
  });

/** Derives the salts of unknown roles: the same at every start, or a restart would tell which roles exist. */
function ensureSecret(directory: string): Buffer {
  const file = join(directory, "proxy.key");
  try {
    return Buffer.from(readFileSync(file, "utf8").trim(), "hex");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const secret = randomBytes(32);
    writeFileSync(file, `${secret.toString("hex")}\n`, { mode: 0o600, flush: true });
    return secret;
  }
}
