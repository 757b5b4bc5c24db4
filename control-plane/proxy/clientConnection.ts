import type { Socket } from "node:net";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { checkPassword } from "../passwords/scram.js";
import { formatPlainAddress, computeSourceNetwork } from "./addresses.js";
import { LoginAttempt, type AuthenticatedRole } from "./loginAttempt.js";
import { Channel, PeerClosed } from "./channel.js";
import { cancelQuery, ComputeRefusal, findRefusalText } from "./computeLogin.js";
import { parseEndpointInPassword, parseEndpointName, filterStartupParameters } from "./endpointNames.js";
import { readCleartextPassword } from "./cleartextPassword.js";
import type { ProxyContext, ConnectionSource, TlsClient } from "./proxyContext.js";
import { type ClientGreeting, readGreetingInTls, type UpgradableChannel, negotiate } from "./negotiate.js";
import {
  buildAuthenticationFinal,
  buildAuthenticationOk,
  buildErrorResponse,
  buildNegotiateProtocolVersion,
  type StartupPacket,
} from "./protocol.js";
import { readProxyHeader } from "./proxyProtocol.js";
import { type DenyReason, Refusal, createRefusal, ProtocolError } from "./refusals.js";
import type { Origin, TaggedOrigin } from "./rules.js";
import { relay } from "./relay.js";
import { openSession } from "./session.js";
import { authenticateBySasl } from "./sasl.js";

/** One client, from accept to close. `admitted` is called when the relay begins. Rejects only when the access log cannot be written. */
export const serveClient = (raw: Socket, proxy: ProxyContext, admitted: () => void, source: ConnectionSource): Promise<void> =>
  new ClientConnection(raw, proxy, admitted, source).run();

type Startup = Extract<StartupPacket, { kind: "startup" }>;

class ClientConnection {
  private readonly client: UpgradableChannel;
  private readonly attempt: LoginAttempt;
  private deadline: NodeJS.Timeout | undefined;
  private isLate = false;

  constructor(
    private readonly raw: Socket,
    private readonly proxy: ProxyContext,
    private readonly onAdmitted: () => void,
    private readonly source: ConnectionSource,
  ) {
    this.client = { channel: new Channel(raw) };
    this.attempt = new LoginAttempt(
      proxy,
      this.tlsClient?.origin ?? { address: formatPlainAddress(raw.remoteAddress ?? ""), via: "public" },
    );
    // Until the header says more, it is a private endpoint that nobody has named.
    if (source === "private") this.attempt.origin = { address: "", via: { privateEndpoint: undefined } };
  }

  private get tlsClient(): TlsClient | undefined {
    return typeof this.source === "string" ? undefined : this.source;
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

  private async converse(): Promise<void> {
    this.setDeadline(this.proxy.limits.handshakeMs);
    const greeting = this.tlsClient ? await readGreetingInTls(this.client.channel, this.tlsClient.sni) : await this.greet();
    if (greeting === undefined) return;
    const { packet, secure, sni } = greeting;
    if (packet.kind === "http") {
      clearTimeout(this.deadline);
      this.onAdmitted();
      this.proxy.http.take(this.client.channel.release(), { origin: this.attempt.origin, sni });
      return;
    }
    if (packet.kind === "cancel") return this.cancel(packet.key);
    if (!secure) throw createRefusal("insecure-connection");

    const role = this.identify(packet);
    this.setDeadline(this.proxy.limits.authenticationMs);
    const { channel } = this.client;
    const asked = parseEndpointName(this.proxy.domain, sni, packet.parameters.get("options"));
    const { named, password } = asked
      ? { named: asked, password: undefined }
      : parseEndpointInPassword(await readCleartextPassword(channel));
    const rules = this.attempt.admit(named.id);
    const inClear = password !== undefined || this.tlsClient !== undefined;
    const identity = await this.attempt.authenticate(rules, role, async (verifier) =>
      inClear
        ? checkPassword(password ?? (await readCleartextPassword(channel)), verifier)
        : authenticateBySasl(channel, verifier, this.proxy.tls.endPoint),
    );
    clearTimeout(this.deadline);
    channel.send(
      inClear ? buildAuthenticationOk() : Buffer.concat([buildAuthenticationFinal(identity.proved.serverFinal), buildAuthenticationOk()]),
    );
    await this.connect({ ...identity, pooled: named.pooled }, role, packet);
  }

  /** Undefined for a health check of a load balancer. */
  private async greet(): Promise<ClientGreeting | undefined> {
    if (this.source === "private") {
      const origin = await readProxyHeader(this.client.channel);
      if (origin === "local") return void this.raw.destroy();
      this.attempt.origin = { address: origin.address, via: this.findPrivateOrigin(origin.via) };
    }
    return negotiate(this.client, this.proxy.tls.context);
  }

  /** Of a link that leads to no endpoint the number is kept: it is in no list, and the log says it. */
  private findPrivateOrigin(via: TaggedOrigin["via"]): Origin["via"] {
    if (!("azureLinkId" in via)) return via;
    const linked = this.proxy.backend.findLinkedEndpoint(via.azureLinkId);
    return linked ? { privateEndpoint: linked.id, owner: linked.owner } : { privateEndpoint: `link ${String(via.azureLinkId)}` };
  }

  /** Protocol 3.0 is spoken, whatever later minor version is asked for. */
  private identify({ major, minor, parameters }: Startup): string {
    if (major !== 3) throw new ProtocolError(`protocol ${major}.${minor}`);
    const unknown = [...parameters.keys()].filter((name) => name.startsWith("_pq_."));
    if (minor > 0 || unknown.length > 0) this.client.channel.send(buildNegotiateProtocolVersion(unknown));
    return this.attempt.identify(parameters.get("user"), parameters.get("database"), parameters.get("application_name"));
  }

  private async connect(identity: AuthenticatedRole, role: string, { parameters }: Startup): Promise<void> {
    const { channel } = this.client;
    const session = await openSession(this.proxy, identity, filterStartupParameters(parameters));
    try {
      const tap = await this.attempt.openStatementTap(identity.rules, role);
      this.attempt.assertEndpointExists(identity.rules);
      this.attempt.assertRoleMayLogIn(identity.rules, role);
      // Written whether it is still there or not: its password was tried, and was right.
      this.attempt.reportDecision("admitted");
      if (channel.isOver) {
        this.attempt.reportEnd({ durationMs: 0, bytesFromClient: 0, bytesToClient: 0 });
        throw new PeerClosed();
      }
      this.onAdmitted();
      this.proxy.liveSessions.set(this.raw, { rules: identity.rules, role });
      channel.send(session.greeting);
      const started = performance.now();
      const bytes = await relay(channel.release(), session.compute.release(), tap);
      this.attempt.reportEnd({ durationMs: Math.round(performance.now() - started), ...bytes });
    } finally {
      this.proxy.liveSessions.delete(this.raw);
      session.end();
    }
  }

  /** Never answered, as in Postgres. */
  private async cancel(key: Buffer): Promise<void> {
    this.attempt.action = "cancel";
    if (!this.proxy.cancels.take(computeSourceNetwork(this.attempt.origin.address))) throw createRefusal("too-many-connections");
    const session = this.proxy.cancelKeys.find(key);
    if (session === undefined) throw new PeerClosed();
    this.attempt.assertMayCancel(session.endpointId);
    this.attempt.reportDecision("admitted");
    await cancelQuery(session.socketPath, session.key);
    this.client.channel.stream.destroy();
  }

  private hangUp(error: unknown): void {
    const { reason, lastWord } = this.classifyError(error);
    if (reason) this.attempt.reportDecision("refused", reason, findRefusalText(error));
    if (lastWord && this.attempt.action === "connect") this.client.channel.close(lastWord);
    else this.raw.destroy();
  }

  private classifyError(error: unknown): { reason?: DenyReason; lastWord?: Buffer } {
    if (this.isLate) return { reason: "timed-out" };
    if (error instanceof Refusal) return { reason: error.reason, lastWord: buildErrorResponse(error.message) };
    if (error instanceof ComputeRefusal) return { reason: "compute-refused", lastWord: error.response };
    if (error instanceof ProtocolError) return { reason: "protocol-violation" };
    if (error instanceof PeerClosed) return {};
    this.proxy.log({ level: "error", event: "connection-failed", ...this.attempt.about, error: formatErrorMessage(error) });
    return this.classifyError(createRefusal("compute-unavailable"));
  }

  private setDeadline(milliseconds: number): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => {
      this.isLate = true;
      this.client.channel.stream.destroy();
      this.raw.destroy();
    }, milliseconds);
  }
}
