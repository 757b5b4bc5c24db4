import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { messageOf } from "@palisade/neon/contract/errors";
import { doomedVerifier, type Proved, type ScramVerifier } from "../passwords/scram.js";
import { plainAddress, sourceNetwork } from "./addresses.js";
import type { AccessLogEntry, Backend, EndpointRules } from "./backend.js";
import type { CancelKeys } from "./cancelKeys.js";
import { Channel, Gone } from "./channel.js";
import { cancel, ComputeRefusal } from "./compute.js";
import type { Buckets, Limits } from "./limits.js";
import { endpointNamed, forwarded } from "./naming.js";
import { negotiate, type Line } from "./negotiate.js";
import { authenticationFinal, authenticationOk, errorResponse, negotiateProtocolVersion, type StartupPacket } from "./protocol.js";
import { readProxyHeader } from "./proxyProtocol.js";
import { type DenyReason, Refusal, refusal, Violation } from "./refusals.js";
import { relay } from "./relay.js";
import { openSession } from "./session.js";
import { authenticate } from "./sasl.js";
import type { Spares } from "./spares.js";
import { type Origin, refusalAtDoor } from "./rules.js";

/** What all connections of one proxy share. */
export interface Door {
  readonly backend: Backend;
  /** As of now: certificates are renewed while the proxy runs. */
  readonly tls: { readonly context: SecureContext; readonly endPoint: Buffer | undefined };
  readonly domain: string;
  readonly limits: Limits;
  readonly connections: Buckets;
  readonly cancels: Buckets;
  readonly wrongPasswords: Buckets;
  readonly cancelKeys: CancelKeys;
  readonly spares: Spares;
  /** Keeps the salts of roles that do not exist. */
  readonly secret: Buffer;
  readonly isTrustedProxy: (address: string) => boolean;
  readonly log: (line: PlaneLogLine) => void;
}

/** One client, from accept to hang-up. `admitted` is told where when the relay begins. Rejects only when the access log cannot be written. */
export const serve = (raw: Socket, door: Door, admitted: (where: EndpointRules) => void): Promise<void> => new Visit(raw, door, admitted).run();

/** What becomes known of a connection, step by step. */
type About = "endpointId" | "role" | "database" | "applicationName" | "branchId" | "projectId";
type Startup = Extract<StartupPacket, { kind: "startup" }>;

/** Who proved to be the role. */
export interface Identity {
  readonly rules: EndpointRules;
  readonly verifier: ScramVerifier;
  readonly proved: Proved;
  /** Wants the compute's pooler. */
  readonly pooled: boolean;
}

class Visit {
  private readonly line: Line;
  private about: Partial<Pick<AccessLogEntry, About>> = {};
  private readonly session = randomUUID();
  private action: AccessLogEntry["action"] = "connect";
  private origin: Origin;
  private deadline: NodeJS.Timeout | undefined;
  private isLate = false;

  constructor(
    private readonly raw: Socket,
    private readonly door: Door,
    private readonly admitted: (where: EndpointRules) => void,
  ) {
    this.line = { channel: new Channel(raw) };
    this.origin = { address: plainAddress(raw.remoteAddress ?? ""), via: "public" };
  }

  async run(): Promise<void> {
    try {
      await this.converse();
    } catch (error) {
      this.hangUp(error);
    } finally {
      clearTimeout(this.deadline);
    }
  }

  /** The order is Neon's: who asks is decided before what it knows, and nothing wakes before it has proved that. */
  private async converse(): Promise<void> {
    this.within(this.door.limits.handshakeMs);
    if (this.door.isTrustedProxy(this.origin.address)) {
      const origin = await readProxyHeader(this.line.channel);
      if (origin === "local") return void this.raw.destroy();
      this.origin = origin;
    }
    const { packet, secure, sni } = await negotiate(this.line, this.door.tls.context);
    if (packet.kind === "cancel") return this.cancel(packet.key);
    if (!secure) throw refusal("insecure-connection");

    const role = this.introduce(packet);
    const { id, pooled } = endpointNamed(this.door.domain, sni, packet.parameters.get("options"));
    const rules = this.enter(id);
    this.within(this.door.limits.authenticationMs);
    const identity = await this.authenticate(rules, role);
    clearTimeout(this.deadline);
    await this.connect({ ...identity, pooled }, packet);
  }

  /** Protocol 3.0 is spoken, whatever later minor version is asked for. */
  private introduce({ major, minor, parameters }: Startup): string {
    if (major !== 3) throw new Violation(`protocol ${major}.${minor}`);
    const unknown = [...parameters.keys()].filter((name) => name.startsWith("_pq_."));
    if (minor > 0 || unknown.length > 0) this.line.channel.send(negotiateProtocolVersion(unknown));
    const role = parameters.get("user");
    if (role === undefined || role === "") throw refusal("missing-user");
    const applicationName = parameters.get("application_name");
    this.about = { role, database: parameters.get("database") ?? role, ...(applicationName !== undefined && { applicationName }) };
    return role;
  }

  private enter(endpointId: string): EndpointRules {
    this.about = { ...this.about, endpointId };
    const rules = this.door.backend.endpoint(endpointId);
    if (rules === undefined) throw refusal("endpoint-not-found");
    this.locate(rules);
    const refused = refusalAtDoor(rules, this.origin);
    if (refused) throw refused;
    const isCalm = this.door.connections.take(endpointId) && this.door.wrongPasswords.has(this.guesser(rules));
    if (!isCalm) throw refusal("too-many-connections");
    return rules;
  }

  /** The same work and the same words, whether there is such a role or not. */
  private async authenticate(rules: EndpointRules, role: string): Promise<Omit<Identity, "pooled">> {
    const { backend, secret, tls } = this.door;
    const doomed = doomedVerifier(secret, rules.salts, role);
    const verifier = backend.verifier(rules.endpointId, role) ?? doomed;
    const proved = await authenticate(this.line.channel, verifier, tls.endPoint);
    if (proved) return { rules, verifier, proved };
    this.door.wrongPasswords.take(this.guesser(rules));
    throw refusal("password-failed", role);
  }

  /** Whose guesses are counted together: those at one project must not lock the neighbours of the same network out of theirs. */
  private guesser({ projectId }: EndpointRules): string {
    return `${sourceNetwork(this.origin.address)} ${projectId}`;
  }

  private async connect(identity: Identity, { parameters }: Startup): Promise<void> {
    const { channel } = this.line;
    channel.send(Buffer.concat([authenticationFinal(identity.proved.serverFinal), authenticationOk()]));
    const session = await openSession(this.door, identity, forwarded(parameters));
    try {
      if (channel.isOver) throw new Gone();
      // What was deleted while Postgres woke is over before it has begun.
      if (this.door.backend.endpoint(identity.rules.endpointId) === undefined) throw refusal("endpoint-not-found");
      this.decided("admitted");
      this.admitted(identity.rules);
      channel.send(session.greeting);
      const started = performance.now();
      const bytes = await relay(channel.release(), session.compute.release());
      this.door.backend.ended({ ...this.facts(), durationMs: Math.round(performance.now() - started), ...bytes });
    } finally {
      session.end();
    }
  }

  /** Never answered, as in Postgres. The rules are asked again: they may have changed, and this is another connection. */
  private async cancel(key: Buffer): Promise<void> {
    this.action = "cancel";
    if (!this.door.cancels.take(sourceNetwork(this.origin.address))) throw refusal("too-many-connections");
    const session = this.door.cancelKeys.find(key);
    if (session === undefined) throw new Gone();
    this.about = { ...this.about, endpointId: session.endpointId };
    const rules = this.door.backend.endpoint(session.endpointId);
    if (rules) this.locate(rules);
    const refused = rules ? refusalAtDoor(rules, this.origin) : refusal("endpoint-not-found");
    if (refused) throw refused;
    this.decided("admitted");
    await cancel(session.socketPath, session.key);
    this.line.channel.stream.destroy();
  }

  private hangUp(error: unknown): void {
    const { reason, lastWord } = this.judge(error);
    if (reason) this.decided("refused", reason);
    if (lastWord && this.action === "connect") this.line.channel.close(lastWord);
    else this.raw.destroy();
  }

  private judge(error: unknown): { reason?: DenyReason; lastWord?: Buffer } {
    if (this.isLate) return { reason: "timed-out" };
    if (error instanceof Refusal) return { reason: error.reason, lastWord: errorResponse(error.message) };
    if (error instanceof ComputeRefusal) return { reason: "compute-refused", lastWord: error.response };
    if (error instanceof Violation) return { reason: "protocol-violation" };
    if (error instanceof Gone) return {};
    this.door.log({ level: "error", event: "connection-failed", ...this.about, error: messageOf(error) });
    return this.judge(refusal("compute-unavailable"));
  }

  private within(milliseconds: number): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => {
      this.isLate = true;
      this.line.channel.stream.destroy();
      this.raw.destroy();
    }, milliseconds);
  }

  private locate({ branchId, projectId }: EndpointRules): void {
    this.about = { ...this.about, branchId, projectId };
  }

  private decided(decision: AccessLogEntry["decision"], reason?: DenyReason): void {
    this.door.backend.decided({ ...this.facts(), action: this.action, decision, ...(reason && { reason }) });
  }

  private facts(): Omit<AccessLogEntry, "action" | "decision" | "reason"> {
    const { address, via } = this.origin;
    return {
      ...{ at: new Date().toISOString(), session: this.session, clientAddress: address },
      via: via === "public" ? via : (via.privateEndpoint ?? "private"),
      ...this.about,
    };
  }
}
