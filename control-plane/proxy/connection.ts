import type { Socket } from "node:net";
import { messageOf } from "@palisade/neon/contract/errors";
import { proveByPassword } from "../passwords/scram.js";
import { plainAddress, sourceNetwork } from "./addresses.js";
import { Attempt, type Identity } from "./attempt.js";
import { Channel, Gone } from "./channel.js";
import { cancel, ComputeRefusal, wordsOf } from "./compute.js";
import { endpointInPassword, endpointNamed, forwarded } from "./naming.js";
import { askInClear } from "./inClear.js";
import type { Door, Entrance, Through } from "./door.js";
import { type Greeting, greetInTls, type Line, negotiate } from "./negotiate.js";
import { authenticationFinal, authenticationOk, errorResponse, negotiateProtocolVersion, type StartupPacket } from "./protocol.js";
import { readProxyHeader } from "./proxyProtocol.js";
import { type DenyReason, Refusal, refusal, Violation } from "./refusals.js";
import type { Origin, TaggedOrigin } from "./rules.js";
import { relay } from "./relay.js";
import { openSession } from "./session.js";
import { authenticate } from "./sasl.js";

/** One client, from accept to hang-up. `admitted` is called when the relay begins. Rejects only when the access log cannot be written. */
export const serve = (raw: Socket, door: Door, admitted: () => void, entrance: Entrance): Promise<void> =>
  new Visit(raw, door, admitted, entrance).run();

type Startup = Extract<StartupPacket, { kind: "startup" }>;

class Visit {
  private readonly line: Line;
  private readonly attempt: Attempt;
  private deadline: NodeJS.Timeout | undefined;
  private isLate = false;

  constructor(
    private readonly raw: Socket,
    private readonly door: Door,
    private readonly admitted: () => void,
    private readonly entrance: Entrance,
  ) {
    this.line = { channel: new Channel(raw) };
    this.attempt = new Attempt(door, this.through?.origin ?? { address: plainAddress(raw.remoteAddress ?? ""), via: "public" });
    // Until the header says more, it is a private endpoint that nobody has named.
    if (entrance === "private") this.attempt.origin = { address: "", via: { privateEndpoint: undefined } };
  }

  private get through(): Through | undefined {
    return typeof this.entrance === "string" ? undefined : this.entrance;
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
    this.within(this.door.limits.handshakeMs);
    const greeting = this.through ? await greetInTls(this.line.channel, this.through.sni) : await this.greet();
    if (greeting === undefined) return;
    const { packet, secure, sni } = greeting;
    if (packet.kind === "http") {
      clearTimeout(this.deadline);
      this.admitted();
      this.door.http.take(this.line.channel.release(), { origin: this.attempt.origin, sni });
      return;
    }
    if (packet.kind === "cancel") return this.cancel(packet.key);
    if (!secure) throw refusal("insecure-connection");

    const role = this.introduce(packet);
    this.within(this.door.limits.authenticationMs);
    const { channel } = this.line;
    const asked = endpointNamed(this.door.domain, sni, packet.parameters.get("options"));
    const { named, password } = asked ? { named: asked, password: undefined } : endpointInPassword(await askInClear(channel));
    const rules = this.attempt.enter(named.id);
    const inClear = password !== undefined || this.through !== undefined;
    const identity = await this.attempt.authenticate(rules, role, async (verifier) =>
      inClear
        ? proveByPassword(password ?? (await askInClear(channel)), verifier)
        : authenticate(channel, verifier, this.door.tls.endPoint),
    );
    clearTimeout(this.deadline);
    channel.send(inClear ? authenticationOk() : Buffer.concat([authenticationFinal(identity.proved.serverFinal), authenticationOk()]));
    await this.connect({ ...identity, pooled: named.pooled }, packet);
  }

  /** Undefined where a load balancer only asks whether we are there. */
  private async greet(): Promise<Greeting | undefined> {
    if (this.entrance === "private") {
      const origin = await readProxyHeader(this.line.channel);
      if (origin === "local") return void this.raw.destroy();
      this.attempt.origin = { address: origin.address, via: this.endpointBehind(origin.via) };
    }
    return negotiate(this.line, this.door.tls.context);
  }

  /** Of a link that leads to no endpoint the number is kept: it is in no list, and the log says it. */
  private endpointBehind(via: TaggedOrigin["via"]): Origin["via"] {
    if (!("azureLinkId" in via)) return via;
    const linked = this.door.backend.endpointOfLink(via.azureLinkId);
    return linked ? { privateEndpoint: linked.id, owner: linked.owner } : { privateEndpoint: `link ${String(via.azureLinkId)}` };
  }

  /** Protocol 3.0 is spoken, whatever later minor version is asked for. */
  private introduce({ major, minor, parameters }: Startup): string {
    if (major !== 3) throw new Violation(`protocol ${major}.${minor}`);
    const unknown = [...parameters.keys()].filter((name) => name.startsWith("_pq_."));
    if (minor > 0 || unknown.length > 0) this.line.channel.send(negotiateProtocolVersion(unknown));
    return this.attempt.introduce(parameters.get("user"), parameters.get("database"), parameters.get("application_name"));
  }

  private async connect(identity: Identity, { parameters }: Startup): Promise<void> {
    const { channel } = this.line;
    const session = await openSession(this.door, identity, forwarded(parameters));
    try {
      this.attempt.mustStillBeThere(identity.rules);
      // Written whether it is still there or not: its password was tried, and was right.
      this.attempt.decided("admitted");
      if (channel.isOver) {
        this.attempt.ended({ durationMs: 0, bytesFromClient: 0, bytesToClient: 0 });
        throw new Gone();
      }
      this.admitted();
      this.door.live.set(this.raw, identity.rules);
      channel.send(session.greeting);
      const started = performance.now();
      const bytes = await relay(channel.release(), session.compute.release());
      this.attempt.ended({ durationMs: Math.round(performance.now() - started), ...bytes });
    } finally {
      this.door.live.delete(this.raw);
      session.end();
    }
  }

  /** Never answered, as in Postgres. */
  private async cancel(key: Buffer): Promise<void> {
    this.attempt.action = "cancel";
    if (!this.door.cancels.take(sourceNetwork(this.attempt.origin.address))) throw refusal("too-many-connections");
    const session = this.door.cancelKeys.find(key);
    if (session === undefined) throw new Gone();
    this.attempt.mayCancel(session.endpointId);
    this.attempt.decided("admitted");
    await cancel(session.socketPath, session.key);
    this.line.channel.stream.destroy();
  }

  private hangUp(error: unknown): void {
    const { reason, lastWord } = this.judge(error);
    if (reason) this.attempt.decided("refused", reason, wordsOf(error));
    if (lastWord && this.attempt.action === "connect") this.line.channel.close(lastWord);
    else this.raw.destroy();
  }

  private judge(error: unknown): { reason?: DenyReason; lastWord?: Buffer } {
    if (this.isLate) return { reason: "timed-out" };
    if (error instanceof Refusal) return { reason: error.reason, lastWord: errorResponse(error.message) };
    if (error instanceof ComputeRefusal) return { reason: "compute-refused", lastWord: error.response };
    if (error instanceof Violation) return { reason: "protocol-violation" };
    if (error instanceof Gone) return {};
    this.door.log({ level: "error", event: "connection-failed", ...this.attempt.about, error: messageOf(error) });
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
}
