import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Computes } from "./computes/computes.js";
import { DOMAIN } from "./hosts.js";
import { ensurePki } from "./pki/index.js";
import { parseVerifier } from "./passwords/scram.js";
import type { Backend, EndpointRules } from "./proxy/backend.js";
import { type Proxy, startProxy } from "./proxy/index.js";
import { rulesOf } from "./proxy/rules.js";
import { roleId, type StoredProject } from "./store/kinds.js";
import type { Store } from "./store/store.js";

export interface FrontDoor extends Proxy {
  /** The file to give clients as `sslrootcert`. */
  rootCert: string;
}

export interface FrontDoorOptions {
  directory: string;
  bind: string;
  port: number;
  store: Store;
  computes: Computes;
  now: Date;
  log: (line: PlaneLogLine) => void;
}

/** The TLS proxy over this plane's own store and computes. */
export async function openFrontDoor({ directory, bind, port, store, computes, now, log }: FrontDoorOptions): Promise<FrontDoor> {
  const { server, rootCertPath } = await ensurePki(join(directory, "pki"), now);
  const proxy = await startProxy({
    bind,
    port,
    backend: backendOf(store, computes, log),
    tls: server,
    domain: DOMAIN,
    secret: secretOf(directory),
    log,
  });
  return { ...proxy, rootCert: rootCertPath };
}

function backendOf(store: Store, computes: Computes, log: (line: PlaneLogLine) => void): Backend {
  const known = new Map<string, { made: string; rules: EndpointRules }>();
  return {
    endpoint: (id) =>
      store.transaction((tx) => {
        const compute = tx.get("endpoint", id);
        const branch = compute && tx.get("branch", compute.branch_id);
        const project = branch && tx.get("project", branch.project_id);
        if (!compute || !branch || branch.recovery || !project || project.deleted_at !== undefined) return undefined;
        const facts = [
          factsOf(project),
          { id: branch.id, protected: branch.protected },
          { id, branchId: branch.id, disabled: compute.disabled },
        ] as const;
        // A table of a long list costs milliseconds: made again only when a fact has changed.
        const made = JSON.stringify(facts);
        const before = known.get(id);
        if (before?.made === made) return before.rules;
        const rules = rulesOf(project.id, ...facts);
        known.set(id, { made, rules });
        return rules;
      }),
    verifier: (endpointId, role) =>
      store.transaction((tx) => {
        const compute = tx.get("endpoint", endpointId);
        const sealed = compute && tx.sealed("role", roleId(compute.branch_id, role));
        return sealed && parseVerifier(sealed.verifier);
      }),
    wake: async (endpointId) => {
      const { socketDirectory, port } = await computes.wake(endpointId);
      computes.opened(endpointId);
      return {
        socketPath: join(socketDirectory, `.s.PGSQL.${port}`),
        release: () => {
          computes.ended(endpointId);
        },
      };
    },
    decided: (entry) => {
      log({ level: "info", event: "access", ...entry });
    },
  };
}

/** No VPC endpoint can be assigned on this plane yet, so none is admitted. */
const factsOf = ({ settings }: StoredProject) => ({
  ips: settings?.allowed_ips?.ips ?? [],
  protectedBranchesOnly: settings?.allowed_ips?.protected_branches_only ?? false,
  blockPublicConnections: settings?.block_public_connections ?? false,
  blockVpcConnections: settings?.block_vpc_connections ?? false,
  vpcRestrictions: [],
  assignedVpcEndpoints: [],
});

/** Behind the made-up salts of unknown roles: the same at every start, or a restart would tell which roles exist. */
function secretOf(directory: string): Buffer {
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
