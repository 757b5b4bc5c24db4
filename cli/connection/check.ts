import { lookup } from "node:dns/promises";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { toRefusalFailure } from "./refusals.js";
import { isPrivateAddress } from "./privateAddress.js";
import type { Roots } from "./rootStore.js";
import { probeLogin, logIn } from "./login.js";
import { attempt, StepFailure, toPrintable, type Step, type StepName, STEPS } from "./steps.js";
import { toTlsFailure } from "./tlsFailure.js";
import { DEFAULT_PORT, type Login } from "./uri.js";
import { requestTls, connectToAny, sendStartup, startTls } from "./postgresStartup.js";

/** One step's limit, in milliseconds, where the URI sets no connect_timeout. Ours. */
const STEP_LIMIT_MS = 10_000;
/** A login may wake a compute: Neon's proxy gives that a minute. */
const LOGIN_LIMIT_MS = 60_000;

/** Reports by which path a connection with this application name came in. */
export interface PathWatch {
  /** Identifies the login at the plane. */
  applicationName: string;
  /** Ids of the private endpoints it came through; empty if it came through none. */
  endpoints: () => Promise<readonly string[]>;
}

export interface CheckOptions {
  roots: Roots;
  /** What PGPASSWORD holds; the URI's outranks it. */
  password: string | undefined;
  interrupted: AbortSignal;
  /** Who tells which way the connection came in. Default: nobody, and it is not judged. */
  path?: PathWatch | undefined;
  /** Called with each step as it ends. */
  onStep: (step: Step) => void;
}

/**
 * Connects as a verify-full client does, step by step, up to a query; steps after a failure are not tried. Nothing is sent to a
 * server that has not proved its name. @throws Interrupted
 */
export async function check(login: Login, options: CheckOptions): Promise<Step[]> {
  const visit = new ConnectionCheck(login, options);
  await visit.run();
  return visit.steps;
}

/** Where private DNS is in force the same name leads to a private address. Which way a server takes a client to have come, only that server says. */
function formatNetworkKind(addresses: readonly string[]): string {
  const inside = addresses.filter(isPrivateAddress).length;
  if (addresses.every((address) => LOOPBACK.has(address))) return "";
  if (inside === 0) return "; public";
  return inside === addresses.length ? "; private by name" : "; private and public: either one may be used";
}
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);

const HINT = "Check the host and port; the server's log may tell more";
const BOUND = "SCRAM-SHA-256-PLUS";

class ConnectionCheck {
  readonly steps: Step[] = [];
  private readonly port: number;
  private readonly limitMs: number | undefined;
  private since = performance.now();
  private socket: Socket | undefined;

  constructor(
    private readonly login: Login,
    private readonly options: CheckOptions,
  ) {
    this.port = login.port ?? DEFAULT_PORT;
    this.limitMs = login.connectTimeoutSeconds === undefined ? undefined : login.connectTimeoutSeconds * 1_000;
  }

  async run(): Promise<void> {
    try {
      const addresses = await this.resolveHost();
      const { socket, address } = await this.openSocket(addresses);
      await this.requestTls(socket);
      const secured = await this.secure(socket);
      const mechanisms = await this.requestAdmission(secured);
      await this.logIn(address, mechanisms);
      await this.reportPath(address);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      this.reportFailure(error);
    } finally {
      this.socket?.destroy();
    }
    const expected: readonly StepName[] = this.options.path ? [...STEPS, "path"] : STEPS;
    for (const step of expected.slice(this.steps.length)) this.reportStep({ step, status: "not tried", ms: null, detail: "" });
  }

  private async resolveHost(): Promise<string[]> {
    const { host, hostAddress } = this.login;
    if (hostAddress !== undefined) {
      this.reportPassed({ address: `${hostAddress}, given by hostaddr` });
      return [hostAddress];
    }
    const found = await this.attempt("address", "Correct the host name, or this machine's resolver", () => lookup(host, { all: true }));
    const addresses = found.map(({ address }) => address);
    this.reportPassed({ address: `${addresses.join(", ")}${formatNetworkKind(addresses)}` });
    return addresses;
  }

  private async openSocket(addresses: readonly string[]): Promise<{ socket: Socket; address: string }> {
    const hint = `Check that something listens there, and that no firewall is in between`;
    const reached = await this.attempt("tcp", hint, (signal) => connectToAny(addresses, this.port, signal));
    this.socket = reached.socket;
    this.reportPassed({ tcp: `${reached.address}, port ${this.port}` });
    return reached;
  }

  private async requestTls(socket: Socket): Promise<void> {
    if (!(await this.attempt("tls offered", HINT, () => requestTls(socket))))
      throw new StepFailure(
        "tls offered",
        "the server has no TLS",
        "Send it nothing over a network: turn TLS on at the server, or correct host and port",
      );
    const { sslMode } = this.login;
    if (sslMode === "verify-full") this.reportPassed({ "tls offered": "yes" });
    else
      this.reportWarning(
        "tls offered",
        `yes, but ${sslMode === undefined ? "the URI has no sslmode" : `sslmode=${sslMode} of the URI`}: clients may take any server for this one`,
        "Write sslmode=verify-full, which is what is tried here",
      );
  }

  private async secure(socket: Socket): Promise<TLSSocket> {
    const { host } = this.login;
    const { pem, name } = this.options.roots;
    const secured = await this.attempt("tls version", HINT, () =>
      startTls(socket, host, pem).catch((error: unknown) => {
        throw toTlsFailure(error, name) ?? error;
      }),
    );
    this.reportPassed({
      "tls version": `${secured.getProtocol() ?? ""}, ${secured.getCipher().standardName}`,
      "certificate chain": `signed by an authority in ${name}, valid until ${secured.getPeerCertificate().valid_to}`,
      "certificate name": host,
    });
    return secured;
  }

  /** Checks the endpoint name and whether this address is admitted. @returns the ways to log in that the server has */
  private async requestAdmission(secured: TLSSocket): Promise<readonly string[]> {
    const { role: user, database, options } = this.login;
    const answer = await this.attempt("endpoint", HINT, () =>
      sendStartup(secured, { user, database, ...(options !== undefined && { options }) }),
    );
    secured.destroy();
    const endpoint = /\bendpoint=(\S+)/.exec(options ?? "")?.[1] ?? this.login.host;
    const unnamed = "toNothing" in answer && answer.toNothing !== undefined ? toRefusalFailure(answer.toNothing, "admission") : undefined;
    if (unnamed?.step === "endpoint") throw unnamed;
    if ("refused" in answer) {
      const refused = toRefusalFailure(answer.refused, "admission");
      if (refused.step !== "endpoint") this.reportPassed({ endpoint });
      throw refused;
    }
    this.reportPassed({ endpoint, admission: "this address may try to log in" });
    if ("mechanisms" in answer) return answer.mechanisms;
    const detail =
      answer.wants === 0 ? "the server wants no password" : "the server wants the password in clear, or in a form that is no better";
    throw new StepFailure(
      "authentication",
      detail,
      "Set password_encryption = scram-sha-256 at the server, and scram-sha-256 in its pg_hba.conf",
    );
  }

  private async logIn(address: string, mechanisms: readonly string[]): Promise<void> {
    const { login, port } = this;
    const isBound = mechanisms.includes(BOUND);
    if (login.channelBinding === "require" && !isBound)
      throw new StepFailure(
        "authentication",
        "channel_binding=require, but the server has none",
        "A proxy may terminate TLS in between: connect to the server directly",
      );
    const password = login.password ?? this.options.password;
    if (password === undefined) {
      this.reportWarning("authentication", "not judged: there is no password", "Give it in PGPASSWORD, or in a URI on standard input");
      return;
    }
    const patience = { interrupted: this.options.interrupted, limitMs: this.limitMs ?? LOGIN_LIMIT_MS };
    const { roots, path } = this.options;
    await logIn({ login, address, port, ca: roots.pem, password, applicationName: path?.applicationName }, patience, () => {
      this.reportPassed({ authentication: `${login.role}, by ${isBound && login.channelBinding !== "disable" ? BOUND : "SCRAM-SHA-256"}` });
    });
    this.reportPassed({ query: `SELECT 1 in ${login.database}` });
  }

  private async reportPath(address: string): Promise<void> {
    const { path, interrupted, roots } = this.options;
    if (!path) return;
    const { login, port } = this;
    if (!this.has("query"))
      await probeLogin(
        { login, address, port, ca: roots.pem, applicationName: path.applicationName },
        { interrupted, limitMs: this.limitMs ?? LOGIN_LIMIT_MS },
      );
    const endpoints = await this.attempt("path", "Check that the plane is still running", () => path.endpoints());
    // Without a password there is no query, but the path is known.
    if (!this.has("query")) this.reportStep({ step: "query", status: "not tried", ms: null, detail: "" });
    this.reportPassed({ path: endpoints.length === 0 ? "public: by no private endpoint" : `private: by ${endpoints.join(", ")}` });
  }

  private attempt<T>(step: StepName, hint: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return attempt(step, hint, { interrupted: this.options.interrupted, limitMs: this.limitMs ?? STEP_LIMIT_MS }, work);
  }

  /** Steps of one call: the elapsed time counts for the first. */
  private reportPassed(details: { readonly [S in StepName]?: string }): void {
    for (const [step, detail] of Object.entries(details))
      this.reportStep({ step: step as StepName, status: "ok", ms: this.measureElapsed(), detail });
  }

  private reportWarning(step: StepName, detail: string, remedy: string): void {
    this.reportStep({ step, status: "warn", ms: this.measureElapsed(), detail, remedy });
  }

  /** Steps of the same act before it went well. A server's words about a step that is behind it count for the one it is at. */
  private reportFailure({ step: named, message, rule, remedy }: StepFailure): void {
    const step = this.has(named) ? (STEPS[this.steps.length] ?? named) : named;
    for (const before of STEPS.slice(this.steps.length, step === "path" ? undefined : STEPS.indexOf(step)))
      this.reportPassed({ [before]: "" });
    this.reportStep({ step, status: "fail", ms: this.measureElapsed(), detail: message, ...(rule !== undefined && { rule }), remedy });
  }

  private has = (name: StepName) => this.steps.some(({ step }) => step === name);

  private measureElapsed(): number {
    const before = this.since;
    this.since = performance.now();
    return Math.round(this.since - before);
  }

  private reportStep(step: Step): void {
    const secrets = [this.login.password, this.options.password].filter((secret) => secret !== undefined);
    const clean = { ...step, detail: toPrintable(secrets.reduce((text, secret) => text.replaceAll(secret, "…"), step.detail)) };
    this.steps.push(clean);
    this.options.onStep(clean);
  }
}
