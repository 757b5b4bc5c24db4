import { randomUUID } from "node:crypto";
import { createDummyVerifier, type ScramProof, type ScramVerifier } from "../passwords/scram.js";
import { computeSourceNetwork } from "./addresses.js";
import type { AccessLogEntry, EndpointRules, SessionEnd } from "./backend.js";
import type { ProxyContext } from "./proxyContext.js";
import { type DenyReason, createRefusal } from "./refusals.js";
import { type Origin, findRefusal } from "./rules.js";

/** Who proved to be the role. */
export interface AuthenticatedRole {
  readonly rules: EndpointRules;
  readonly verifier: ScramVerifier;
  readonly proved: ScramProof;
  /** Wants the compute's pooler. */
  readonly pooled: boolean;
}

/** What becomes known of who asks, step by step. */
type About = "endpointId" | "role" | "database" | "applicationName" | "branchId" | "projectId";

/**
 * One attempt to log in to a compute, by whichever protocol. The order is Neon's: who asks is decided before what it knows, and nothing
 * wakes before it has proved that. Every decision is logged.
 */
export class LoginAttempt {
  about: Partial<Pick<AccessLogEntry, About>> = {};
  action: AccessLogEntry["action"] = "connect";
  private readonly session = randomUUID();

  constructor(
    private readonly proxy: Pick<ProxyContext, "backend" | "connections" | "wrongPasswords" | "secret">,
    public origin: Origin,
  ) {}

  identify(role: string | undefined, database: string | undefined, applicationName: string | undefined): string {
    if (role === undefined || role === "") throw createRefusal("missing-user");
    this.about = { role, database: database ?? role, ...(applicationName !== undefined && { applicationName }) };
    return role;
  }

  /** The rules of the compute, when this origin may try. Throws a Refusal. */
  admit(endpointId: string): EndpointRules {
    this.about = { ...this.about, endpointId };
    const rules = this.proxy.backend.findRules(endpointId);
    if (rules === undefined) throw createRefusal("endpoint-not-found");
    this.setLocation(rules);
    const refused = findRefusal(rules, this.origin);
    if (refused) throw refused;
    const isCalm = this.proxy.connections.take(endpointId) && this.proxy.wrongPasswords.has(this.formatSourceKey(rules));
    if (!isCalm) throw createRefusal("too-many-connections");
    return rules;
  }

  /**
   * The same work and the same words, whether there is such a role or not. Throws a Refusal.
   * @param prove asks the client; undefined where the password is wrong
   */
  async authenticate(
    rules: EndpointRules,
    role: string,
    prove: (verifier: ScramVerifier) => Promise<ScramProof | undefined>,
  ): Promise<Omit<AuthenticatedRole, "pooled">> {
    const verifier = this.proxy.backend.findVerifier(rules.endpointId, role) ?? createDummyVerifier(this.proxy.secret, rules.salts, role);
    const proved = await prove(verifier);
    if (proved) return { rules, verifier, proved };
    this.proxy.wrongPasswords.take(this.formatSourceKey(rules));
    throw createRefusal("password-failed", role);
  }

  /** What was deleted while Postgres woke is over before it has begun. Throws a Refusal. */
  assertEndpointExists({ endpointId }: EndpointRules): void {
    if (this.proxy.backend.findRules(endpointId) === undefined) throw createRefusal("endpoint-not-found");
  }

  /** As is a role whose time ended meanwhile. Throws a Refusal. */
  assertRoleMayLogIn({ endpointId }: EndpointRules, role: string): void {
    if (this.proxy.backend.findVerifier(endpointId, role) === undefined) throw createRefusal("password-failed", role);
  }

  /** Of a role whose statements are recorded. */
  async openStatementTap({ projectId, branchId }: EndpointRules, role: string): Promise<((bytes: Buffer) => boolean) | undefined> {
    return this.proxy.backend.openStatementTap?.({ session: this.session, projectId, branchId, role });
  }

  /** The rules are asked again: they may have changed, and this is another connection. Throws a Refusal. */
  assertMayCancel(endpointId: string): void {
    this.about = { ...this.about, endpointId };
    const rules = this.proxy.backend.findRules(endpointId);
    if (rules) this.setLocation(rules);
    const refused = rules ? findRefusal(rules, this.origin) : createRefusal("endpoint-not-found");
    if (refused) throw refused;
  }

  /** @param detail what Postgres, or the plane where it is woken, says to it; never what a client has sent to the proxy alone, which may be a secret */
  reportDecision(decision: AccessLogEntry["decision"], reason?: DenyReason, detail?: string): void {
    const why = { ...(reason && { reason }), ...(detail !== undefined && { detail }) };
    this.proxy.backend.onDecision({ ...this.buildFacts(), action: this.action, decision, ...why });
  }

  reportEnd(measured: Pick<SessionEnd, "durationMs" | "bytesFromClient" | "bytesToClient">): void {
    this.proxy.backend.onSessionEnd({ ...this.buildFacts(), ...measured });
  }

  /** Whose guesses are counted together: those at one project must not lock the neighbours of the same network out of theirs. */
  private formatSourceKey({ projectId }: EndpointRules): string {
    return `${computeSourceNetwork(this.origin.address)} ${projectId}`;
  }

  private setLocation({ branchId, projectId }: EndpointRules): void {
    this.about = { ...this.about, branchId, projectId };
  }

  private buildFacts(): Omit<AccessLogEntry, "action" | "decision" | "reason"> {
    const { address, via } = this.origin;
    return {
      at: new Date().toISOString(),
      session: this.session,
      clientAddress: address,
      via: via === "public" ? via : (via.privateEndpoint ?? "private"),
      ...this.about,
    };
  }
}
