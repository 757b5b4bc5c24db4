import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { BranchFacts, ComputeFacts, ProjectFacts } from "@palisade/neon/contract/reachability";
import type { KeyPair } from "../../../control-plane/pki/issue.js";
import { createAuthority, createServerCertificate } from "../../../control-plane/pki/issue.js";
import type { ScramVerifier } from "../../../control-plane/passwords/scram.js";
import type { AccessLogEntry, Backend, EndpointRules, SessionEnd } from "../../../control-plane/proxy/backend.js";
import { listenForClients, listenForPrivateEndpoints } from "../../../control-plane/listen/clientListeners.js";
import { type Proxy, type ProxyOptions, startProxy } from "../../../control-plane/proxy/index.js";
import { buildProjectRules, buildEndpointRules } from "../../../control-plane/proxy/rules.js";

export const DOMAIN = "db.localhost";

const OWNER = "org-1/region-1";

/** A proxy with a plane behind it that a test can change, and that counts what it is asked. */
export interface TestDoor extends Proxy {
  readonly authority: KeyPair;
  readonly server: KeyPair;
  readonly backend: TestBackend;
  readonly log: PlaneLogLine[];
  /** Of the socket where private endpoints come in. */
  readonly privateSocket: string;
}

export class TestBackend implements Backend {
  readonly rules = new Map<string, EndpointRules>();
  /** By role. */
  readonly verifiers = new Map<string, ScramVerifier>();
  readonly entries: AccessLogEntry[] = [];
  readonly ends: SessionEnd[] = [];
  wakes = 0;
  leases = 0;
  released = 0;

  constructor(private readonly socketPath: (endpointId: string) => string | Promise<string>) {}

  findRules = (id: string) => this.rules.get(id);
  /** Accepted private endpoints of Azure, by link id. */
  readonly links = new Map<number, string>();
  findLinkedEndpoint = (linkId: number) => {
    const id = this.links.get(linkId);
    return id === undefined ? undefined : { id, owner: OWNER };
  };
  findVerifier = (_endpointId: string, role: string) => this.verifiers.get(role);
  wake = async (endpointId: string) => {
    this.wakes++;
    const socketPath = await this.socketPath(endpointId);
    this.leases++;
    const release = () => {
      this.leases--;
      this.released++;
    };
    return { socketPath, pooled: false, release };
  };
  /** What a test puts here is asked before a login is refused. */
  waitForOperations: Backend["waitForOperations"] = () => Promise.resolve(false);
  onDecision = (entry: AccessLogEntry) => {
    this.entries.push(entry);
  };
  onSessionEnd = (entry: SessionEnd) => {
    this.ends.push(entry);
  };

  /** Sets the rules of a compute, by the words of the contract. Default: open to everyone. */
  open(id: string, project: Partial<ProjectFacts> = {}, compute: Partial<ComputeFacts & BranchFacts> = {}): void {
    const facts: ProjectFacts = {
      ips: [],
      protectedBranchesOnly: false,
      blockPublicConnections: false,
      blockVpcConnections: false,
      vpcRestrictions: [],
      assignedVpcEndpoints: [],
      ...project,
    };
    const branch = { id: "br-1", protected: false, ...compute };
    this.rules.set(
      id,
      buildEndpointRules(buildProjectRules("project-1", facts, OWNER), branch, { disabled: false, ...compute, id, branchId: branch.id }),
    );
  }

  get last(): AccessLogEntry | undefined {
    return this.entries.at(-1);
  }
}

const DAY = 86_400_000;
export const week = () => ({ notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 7 * DAY) });
export const NAMES = [`*.${DOMAIN}`, DOMAIN, "localhost", "127.0.0.1"];

export async function openDoor(
  socketPath: (endpointId: string) => string | Promise<string>,
  options: Partial<ProxyOptions> = {},
): Promise<TestDoor> {
  const authority = await createAuthority(week());
  const server = await createServerCertificate(authority, NAMES, week());
  const [backend, log]: [TestBackend, PlaneLogLine[]] = [new TestBackend(socketPath), []];
  const [listener, privateListener] = [await listenForClients("127.0.0.1", 0), await listenForPrivateEndpoints()];
  const proxy = startProxy({
    listener,
    privateListener,
    backend,
    domain: DOMAIN,
    tls: server,
    log: (line) => log.push(line),
    ...options,
  });
  return { ...proxy, authority, server, backend, log, privateSocket: privateListener.path };
}
