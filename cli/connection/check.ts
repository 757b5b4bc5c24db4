import { lookup } from "node:dns/promises";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { refusalOf } from "./refusals.js";
import { isPrivateAddress } from "./privateAddress.js";
import type { Roots } from "./rootStore.js";
import { knock, logIn } from "./session.js";
import { attempt, Failure, printable, type Step, type StepName, STEPS } from "./steps.js";
import { tlsFailure } from "./tlsFailure.js";
import { DEFAULT_PORT, type Login } from "./uri.js";
import { askForTls, dial, introduce, secure } from "./wire.js";

/** One step's limit, in milliseconds, where the URI sets no connect_timeout. Ours. */
const STEP_LIMIT_MS = 10_000;
/** A login may wake a compute: Neon's proxy gives that a minute. */
const LOGIN_LIMIT_MS = 60_000;

/** Tells which way a connection came in that introduced itself so. */
export interface PathWatch {
  /** By which a login is known again. */
  applicationName: string;
  /** Ids of private endpoints that it came by; none: it came by none. */
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
  told: (step: Step) => void;
}

/**
 * Goes the way of a client that asks for verify-full, step by step, up to a query; what follows a failure is not tried. Nothing is said to a
 * server that did not prove its name. @throws Interrupted
 */
export async function check(login: Login, options: CheckOptions): Promise<Step[]> {
  const visit = new Visit(login, options);
  await visit.run();
  return visit.steps;
}

/** Where private DNS is in force the same name leads to a private address. Which way a server takes a client to have come, only that server says. */
function wayOf(addresses: readonly string[]): string {
  const inside = addresses.filter(isPrivateAddress).length;
  if (addresses.every((address) => LOOPBACK.has(address))) return "";
  if (inside === 0) return "; public";
  return inside === addresses.length ? "; private by name" : "; private and public: which one is taken is left to chance";
}
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);

const HINT = "Correct host and port; the server's log may tell more";
const BOUND = "SCRAM-SHA-256-PLUS";

class Visit {
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
      const addresses = await this.find();
      const { socket, address } = await this.reach(addresses);
      await this.offer(socket);
      const secured = await this.secure(socket);
      const mechanisms = await this.enter(secured);
      await this.logIn(address, mechanisms);
      await this.tellPath(address);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failed(error);
    } finally {
      this.socket?.destroy();
    }
    const expected: readonly StepName[] = this.options.path ? [...STEPS, "path"] : STEPS;
    for (const step of expected.slice(this.steps.length)) this.tell({ step, status: "not tried", ms: null, detail: "" });
  }

  private async find(): Promise<string[]> {
    const { host, hostAddress } = this.login;
    if (hostAddress !== undefined) {
      this.passed({ address: `${hostAddress}, given by hostaddr` });
      return [hostAddress];
    }
    const found = await this.attempt("address", "Correct the host name, or this machine's resolver", () => lookup(host, { all: true }));
    const addresses = found.map(({ address }) => address);
    this.passed({ address: `${addresses.join(", ")}${wayOf(addresses)}` });
    return addresses;
  }

  private async reach(addresses: readonly string[]): Promise<{ socket: Socket; address: string }> {
    const hint = `Look whether something listens there, and whether a firewall is between`;
    const reached = await this.attempt("tcp", hint, (signal) => dial(addresses, this.port, signal));
    this.socket = reached.socket;
    this.passed({ tcp: `${reached.address}, port ${this.port}` });
    return reached;
  }

  private async offer(socket: Socket): Promise<void> {
    if (!(await this.attempt("tls offered", HINT, () => askForTls(socket))))
      throw new Failure(
        "tls offered",
        "the server has no TLS",
        "Send it nothing over a network: turn TLS on at the server, or correct host and port",
      );
    const { sslMode } = this.login;
    if (sslMode === "verify-full") this.passed({ "tls offered": "yes" });
    else
      this.warned(
        "tls offered",
        `yes, but ${sslMode === undefined ? "the URI has no sslmode" : `sslmode=${sslMode} of the URI`}: clients may take any server for this one`,
        "Write sslmode=verify-full, which is what is tried here",
      );
  }

  private async secure(socket: Socket): Promise<TLSSocket> {
    const { host } = this.login;
    const { pem, name } = this.options.roots;
    const secured = await this.attempt("tls version", HINT, () =>
      secure(socket, host, pem).catch((error: unknown) => {
        throw tlsFailure(error, name) ?? error;
      }),
    );
    this.passed({
      "tls version": `${secured.getProtocol() ?? ""}, ${secured.getCipher().standardName}`,
      "certificate chain": `signed by an authority in ${name}, valid until ${secured.getPeerCertificate().valid_to}`,
      "certificate name": host,
    });
    return secured;
  }

  /** Which compute is meant, and whether this address may try. @returns the ways to log in that the server has */
  private async enter(secured: TLSSocket): Promise<readonly string[]> {
    const { role: user, database, options } = this.login;
    const answer = await this.attempt("endpoint", HINT, () =>
      introduce(secured, { user, database, ...(options !== undefined && { options }) }),
    );
    secured.destroy();
    const endpoint = /\bendpoint=(\S+)/.exec(options ?? "")?.[1] ?? this.login.host;
    const unnamed = "toNothing" in answer && answer.toNothing !== undefined ? refusalOf(answer.toNothing, "admission") : undefined;
    if (unnamed?.step === "endpoint") throw unnamed;
    if ("refused" in answer) {
      const refused = refusalOf(answer.refused, "admission");
      if (refused.step !== "endpoint") this.passed({ endpoint });
      throw refused;
    }
    this.passed({ endpoint, admission: "this address may try to log in" });
    if ("mechanisms" in answer) return answer.mechanisms;
    const detail =
      answer.wants === 0 ? "the server wants no password" : "the server wants the password in clear, or in a form that is no better";
    throw new Failure(
      "authentication",
      detail,
      "Set password_encryption = scram-sha-256 at the server, and scram-sha-256 in its pg_hba.conf",
    );
  }

  private async logIn(address: string, mechanisms: readonly string[]): Promise<void> {
    const { login, port } = this;
    const isBound = mechanisms.includes(BOUND);
    if (login.channelBinding === "require" && !isBound)
      throw new Failure(
        "authentication",
        "channel_binding=require, but the server has none",
        "Something on the way may end TLS: connect to the server itself",
      );
    const password = login.password ?? this.options.password;
    if (password === undefined) {
      this.warned("authentication", "not judged: there is no password", "Give it in PGPASSWORD, or in a URI on standard input");
      return;
    }
    const patience = { interrupted: this.options.interrupted, limitMs: this.limitMs ?? LOGIN_LIMIT_MS };
    const { roots, path } = this.options;
    await logIn({ login, address, port, ca: roots.pem, password, applicationName: path?.applicationName }, patience, () => {
      this.passed({ authentication: `${login.role}, by ${isBound && login.channelBinding !== "disable" ? BOUND : "SCRAM-SHA-256"}` });
    });
    this.passed({ query: `SELECT 1 in ${login.database}` });
  }

  private async tellPath(address: string): Promise<void> {
    const { path, interrupted, roots } = this.options;
    if (!path) return;
    const { login, port } = this;
    if (!this.has("query"))
      await knock(
        { login, address, port, ca: roots.pem, applicationName: path.applicationName },
        { interrupted, limitMs: this.limitMs ?? LOGIN_LIMIT_MS },
      );
    const endpoints = await this.attempt("path", "Look whether the plane still runs", () => path.endpoints());
    // Without a password there is no query, and the way is known all the same.
    if (!this.has("query")) this.tell({ step: "query", status: "not tried", ms: null, detail: "" });
    this.passed({ path: endpoints.length === 0 ? "public: by no private endpoint" : `private: by ${endpoints.join(", ")}` });
  }

  private attempt<T>(step: StepName, hint: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return attempt(step, hint, { interrupted: this.options.interrupted, limitMs: this.limitMs ?? STEP_LIMIT_MS }, work);
  }

  /** Steps of one act: the first takes its time. */
  private passed(details: { readonly [S in StepName]?: string }): void {
    for (const [step, detail] of Object.entries(details)) this.tell({ step: step as StepName, status: "ok", ms: this.elapsed(), detail });
  }

  private warned(step: StepName, detail: string, remedy: string): void {
    this.tell({ step, status: "warn", ms: this.elapsed(), detail, remedy });
  }

  /** Steps of the same act before it went well. A server's words about a step that is behind it count for the one it is at. */
  private failed({ step: named, message, rule, remedy }: Failure): void {
    const step = this.has(named) ? (STEPS[this.steps.length] ?? named) : named;
    for (const before of STEPS.slice(this.steps.length, step === "path" ? undefined : STEPS.indexOf(step))) this.passed({ [before]: "" });
    this.tell({ step, status: "fail", ms: this.elapsed(), detail: message, ...(rule !== undefined && { rule }), remedy });
  }

  private has = (name: StepName) => this.steps.some(({ step }) => step === name);

  private elapsed(): number {
    const before = this.since;
    this.since = performance.now();
    return Math.round(this.since - before);
  }

  private tell(step: Step): void {
    const secrets = [this.login.password, this.options.password].filter((secret) => secret !== undefined);
    const clean = { ...step, detail: printable(secrets.reduce((text, secret) => text.replaceAll(secret, "…"), step.detail)) };
    this.steps.push(clean);
    this.options.told(clean);
  }
}
