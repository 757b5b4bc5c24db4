import { randomUUID } from "node:crypto";
import { doomedVerifier, type Proved, type ScramVerifier } from "../passwords/scram.js";
import { sourceNetwork } from "./addresses.js";
import type { AccessLogEntry, EndpointRules, SessionEnd } from "./backend.js";
import type { Door } from "./door.js";
import { type DenyReason, refusal } from "./refusals.js";
import { type Origin, refusalAtDoor } from "./rules.js";

/** Who proved to be the role. */
export interface Identity {
  readonly rules: EndpointRules;
  readonly verifier: ScramVerifier;
  readonly proved: Proved;
  /** Wants the compute's pooler. */
  readonly pooled: boolean;
}

/** What becomes known of who asks, step by step. */
type About = "endpointId" | "role" | "database" | "applicationName" | "branchId" | "projectId";

/**
 * One attempt to get into a compute, whatever protocol it comes in. The order is Neon's: who asks is decided before what it knows, and nothing
 * wakes before it has proved that. Every decision is told.
 */
export class Attempt {
  about: Partial<Pick<AccessLogEntry, About>> = {};
  action: AccessLogEntry["action"] = "connect";
  private readonly session = randomUUID();

  constructor(
    private readonly door: Pick<Door, "backend" | "connections" | "wrongPasswords" | "secret">,
    public origin: Origin,
  ) {}

  introduce(role: string | undefined, database: string | undefined, applicationName: string | undefined): string {
    if (role === undefined || role === "") throw refusal("missing-user");
    this.about = { role, database: database ?? role, ...(applicationName !== undefined && { applicationName }) };
    return role;
  }

  /** The rules of the compute, when this origin may try. Throws a Refusal. */
  enter(endpointId: string): EndpointRules {
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

  /**
   * The same work and the same words, whether there is such a role or not. Throws a Refusal.
   * @param prove asks the client; undefined where the password is wrong
   */
  async authenticate(
    rules: EndpointRules,
    role: string,
    prove: (verifier: ScramVerifier) => Promise<Proved | undefined>,
  ): Promise<Omit<Identity, "pooled">> {
    const verifier = this.door.backend.verifier(rules.endpointId, role) ?? doomedVerifier(this.door.secret, rules.salts, role);
    const proved = await prove(verifier);
    if (proved) return { rules, verifier, proved };
    this.door.wrongPasswords.take(this.guesser(rules));
    throw refusal("password-failed", role);
  }

  /** What was deleted while Postgres woke is over before it has begun. Throws a Refusal. */
  mustStillBeThere({ endpointId }: EndpointRules): void {
    if (this.door.backend.endpoint(endpointId) === undefined) throw refusal("endpoint-not-found");
  }

  /** The rules are asked again: they may have changed, and this is another connection. Throws a Refusal. */
  mayCancel(endpointId: string): void {
    this.about = { ...this.about, endpointId };
    const rules = this.door.backend.endpoint(endpointId);
    if (rules) this.locate(rules);
    const refused = rules ? refusalAtDoor(rules, this.origin) : refusal("endpoint-not-found");
    if (refused) throw refused;
  }

  /** @param detail what Postgres, or the plane where it is woken, says to it; never what a client has sent to the proxy alone, which may be a secret */
  decided(decision: AccessLogEntry["decision"], reason?: DenyReason, detail?: string): void {
    const why = { ...(reason && { reason }), ...(detail !== undefined && { detail }) };
    this.door.backend.decided({ ...this.facts(), action: this.action, decision, ...why });
  }

  ended(measured: Pick<SessionEnd, "durationMs" | "bytesFromClient" | "bytesToClient">): void {
    this.door.backend.ended({ ...this.facts(), ...measured });
  }

  /** Whose guesses are counted together: those at one project must not lock the neighbours of the same network out of theirs. */
  private guesser({ projectId }: EndpointRules): string {
    return `${sourceNetwork(this.origin.address)} ${projectId}`;
  }

  private locate({ branchId, projectId }: EndpointRules): void {
    this.about = { ...this.about, branchId, projectId };
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
