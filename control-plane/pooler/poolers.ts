import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Address } from "../computes/clusterSetup.js";
import { OrphanReaper } from "../computes/orphanReaper.js";
import { CONSOLE, type Login } from "./configurationFiles.js";
import { Pgbouncer } from "./pgbouncer.js";
import { locatePgbouncer, type PgbouncerProgram } from "./locatePgbouncer.js";

/** The connection poolers of the computes: at most one each, from the first pooled connection until the compute sleeps. */
export class Poolers {
  private readonly running = new Map<string, Promise<Pgbouncer>>();
  /** Found out at the first pooled connection. */
  private program: PgbouncerProgram | "none" | undefined;
  private orphanReaper: OrphanReaper | undefined;
  private isClosed = false;

  constructor(
    private readonly log: (line: PlaneLogLine) => void,
    private readonly locate: () => PgbouncerProgram | undefined = locatePgbouncer,
  ) {}

  /**
   * The Unix socket of the compute's pooler, which by then knows these logins. `undefined` when the session is to go to Postgres itself:
   * there is no pgbouncer, it does not start, or the database's name is that of its console, which is nobody's but ours.
   */
  async ensureSocket(endpointId: string, target: Address, database: string, logins: readonly Login[]): Promise<string | undefined> {
    if (database === CONSOLE || this.isClosed) return undefined;
    const program = this.locateOnce();
    if (program === "none") return undefined;
    try {
      const pooler = await this.start(program, endpointId, target);
      await pooler.setLogins(logins);
      return pooler.socketPath;
    } catch (error) {
      this.log({ level: "error", event: "pooler-failed", endpointId, error: formatErrorMessage(error) });
      return undefined;
    }
  }

  has(endpointId: string): boolean {
    return this.running.has(endpointId);
  }

  async stop(endpointId: string): Promise<void> {
    const pooler = await this.running.get(endpointId)?.catch(() => undefined);
    await pooler?.stop();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.running.keys()].map((endpointId) => this.stop(endpointId)));
    await this.orphanReaper?.close();
  }

  private locateOnce(): PgbouncerProgram | "none" {
    if (this.program) return this.program;
    this.program = this.locate() ?? "none";
    if (this.program === "none")
      this.log({
        level: "warn",
        event: "no-pooler",
        error: "There is no pgbouncer 1.18 or later: -pooler hosts give sessions, not pooled transactions",
      });
    return this.program;
  }

  /** A restarted compute has another address. */
  private async start(program: PgbouncerProgram, endpointId: string, target: Address): Promise<Pgbouncer> {
    const before = this.running.get(endpointId);
    const pooler = await before?.catch(() => undefined);
    if (pooler && isSameAddress(pooler.target, target)) return pooler;
    await pooler?.stop();
    const now = this.running.get(endpointId);
    // Somebody else who waited has begun.
    if (now !== undefined && now !== before) return this.start(program, endpointId, target);
    this.orphanReaper ??= new OrphanReaper();
    const starting = Pgbouncer.start(program, target, this.orphanReaper);
    this.running.set(endpointId, starting);
    const forget = () => {
      if (this.running.get(endpointId) === starting) this.running.delete(endpointId);
    };
    starting.then(async (pooler) => {
      await pooler.exited;
      forget();
      if (pooler.complaint !== undefined) this.log({ level: "error", event: "pooler-ended", endpointId, error: pooler.complaint });
    }, forget);
    return starting;
  }
}

const isSameAddress = (a: Address, b: Address): boolean => a.socketDirectory === b.socketDirectory && a.port === b.port;
