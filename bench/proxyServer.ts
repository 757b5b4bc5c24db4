import { listenForClients } from "@palisade/control-plane/dist/listen/clientListeners.js";
import type { ScramVerifier } from "@palisade/control-plane/dist/passwords/scram.js";
import { type Proxy, type ProxyOptions, startProxy } from "@palisade/control-plane/dist/proxy/index.js";
import { buildEndpointRules, buildProjectRules } from "@palisade/control-plane/dist/proxy/rules.js";

export interface BenchProxyOptions extends Pick<ProxyOptions, "tls" | "limits" | "log"> {
  /** Of the one compute, which is always awake. */
  readonly socketPath: string;
  readonly endpointId: string;
  readonly verifier: ScramVerifier;
  /** Who may come. */
  readonly ips: readonly string[];
}

/** The proxy over one compute, without a plane around it. */
export async function startBenchProxy(options: BenchProxyOptions): Promise<Proxy> {
  const facts = { ips: options.ips, protectedBranchesOnly: false, blockPublicConnections: false, blockVpcConnections: false };
  const project = buildProjectRules("project", { ...facts, vpcRestrictions: [], assignedVpcEndpoints: [] }, "org/aws-eu-central-1");
  const compute = { id: options.endpointId, branchId: "br-bench", disabled: false };
  const rules = buildEndpointRules(project, { id: compute.branchId, protected: true }, compute);
  return startProxy({
    listener: await listenForClients("127.0.0.1", 0),
    tls: options.tls,
    domain: "db.localhost",
    log: options.log,
    ...(options.limits && { limits: options.limits }),
    backend: {
      findRules: () => rules,
      findLinkedEndpoint: () => undefined,
      findVerifier: () => options.verifier,
      wake: () => Promise.resolve({ socketPath: options.socketPath, pooled: false, release: ignore }),
      waitForOperations: () => Promise.resolve(false),
      onDecision: ignore,
      onSessionEnd: ignore,
    },
  });
}

const ignore = (): void => undefined;
