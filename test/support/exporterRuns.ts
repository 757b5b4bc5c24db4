import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SinkConfiguration } from "../../control-plane/audit/export/configuration.js";
import type { ExporterStatus } from "../../control-plane/audit/export/exporter.js";
import type { SinkContext } from "../../control-plane/audit/export/sinks/createSink.js";
import { parseAllowedSinks } from "../../control-plane/audit/export/sinkPermissions.js";
import { ORG } from "./auditRows.js";
import { until } from "./until.js";

/** What a run of the exporter exports: rows that are made up by their number. */
export interface RunOptions {
  readonly sink: SinkConfiguration;
  /** What the operator allows for the organisation, such as `file`. */
  readonly allows: string;
  readonly rows: number;
  /** Characters that each row is longer by. */
  readonly padding: number;
  /** Of one batch. Default: what the sink takes. */
  readonly mostBytes?: number;
  readonly clouds?: Pick<SinkContext, "s3" | "blob">;
}

/** One exporter after another, each a process of its own over the same position: they are there to be killed. */
export class ExporterRuns {
  private child: ChildProcess | undefined;
  private status: ExporterStatus | undefined;

  constructor(
    private readonly folder: string,
    private readonly options: RunOptions,
  ) {}

  start(): void {
    const { sink, allows, clouds, rows, padding, mostBytes } = this.options;
    const path = join(this.folder, "run.json");
    const configuration = { id: "export-1", org_id: ORG, format: "json", sink };
    const context = { allowed: parseAllowedSinks([`${ORG}=${allows}`]), folder: join(this.folder, "exports"), ...clouds };
    writeFileSync(path, JSON.stringify({ configuration, context, position: join(this.folder, "position"), rows, padding, mostBytes }));
    const child = fork(join(__dirname, "exporterProcess.cjs"), [path], { execArgv: [] });
    [this.child, this.status] = [child, undefined];
    child.on("message", (status: ExporterStatus) => {
      if (this.child === child) this.status = status;
    });
  }

  /** Resolves when the row is delivered. */
  async reach(seq: number): Promise<void> {
    await until(`row ${seq}`, () => (this.status?.delivered ?? 0) >= seq, 60_000);
  }

  /** As a crash does, or with SIGTERM as a plane that is told to stop. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  /** Kills it where it has come to each of these rows, and lets it end. */
  async runWithKills(places: readonly number[]): Promise<void> {
    for (const place of places) {
      this.start();
      await this.reach(place);
      await this.kill();
    }
    this.start();
    await this.reach(this.options.rows);
    await this.kill("SIGTERM");
  }
}
