import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllowedSink } from "@palisade/neon/contract/auditSinks";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import { type AuditExportCreateRequest, AuditExportResponse, type AuditExportSink } from "@palisade/neon/contract/wire/auditExport";
import { Store } from "../../../../control-plane/store/store.js";
import { planeDirectory, type PlaneProcess, startPlaneProcess } from "../../../support/plane.js";
import { until } from "../../../support/until.js";
import { createConnection } from "../scene.js";

const PADDING = 600;
/** Of one row of JSON, at least. */
export const ROW_BYTES = PADDING + 300;

/** A whole plane in a process of its own, with exports that begin with rows which are there already. */
export class PlaneScene {
  private readonly directory = planeDirectory();
  private allows: string[] = [];
  org = "";
  plane!: PlaneProcess;

  private constructor(
    private readonly rows: number,
    private readonly options: Partial<PlaneOptions>,
  ) {}

  static async open(
    sinks: readonly { sink: AuditExportSink; allows: string }[],
    { rows, ...options }: { readonly rows: number } & Partial<PlaneOptions>,
  ) {
    const scene = new PlaneScene(rows, options);
    scene.plane = await startPlaneProcess({ dataDirectory: scene.directory });
    scene.org = scene.plane.ready.orgId;
    scene.allows = sinks.map(({ allows }) => `${scene.org}=${allows}`);
    await scene.plane.end("SIGTERM");
    await scene.start();
    const made = [];
    for (const [at, { sink }] of sinks.entries()) {
      const body: AuditExportCreateRequest = { name: `export ${at}`, sink, enabled: false, filter: { types: ["connection"] } };
      made.push(await scene.plane.api.ok(AuditExportResponse, "POST", scene.path(), body));
    }
    for (const { audit_export } of made)
      await scene.plane.api.ok(AuditExportResponse, "PATCH", scene.path(audit_export.id), { enabled: true });
    await scene.plane.end("SIGTERM");
    scene.fill();
    return { scene, made };
  }

  path = (id = "") => `/x-palisade/organizations/${this.org}/audit_exports${id && `/${id}`}`;

  async start(): Promise<void> {
    const allowedSinks = this.allows.map(parseAllowedSink);
    this.plane = await startPlaneProcess({ ...this.options, dataDirectory: this.directory, allowedSinks });
  }

  async look(id: string) {
    return (await this.plane.api.ok(AuditExportResponse, "GET", this.path(id))).audit_export;
  }

  /** Resolves when the export has delivered that many of the rows. */
  async reach(id: string, rows: number): Promise<void> {
    await until(`row ${rows}`, async () => (await this.look(id)).position >= rows, 120_000);
  }

  readFile(name: string): number[] {
    const file = join(this.directory, "exports", this.org, name);
    return existsSync(file) ? readNumbers(readFileSync(file, "utf8")) : [];
  }

  /** Rows as the proxy makes them, numbered in their `database`: those of calls are of other types. */
  private fill(): void {
    const store = new Store(join(this.directory, "plane.db"));
    for (let number = 1; number <= this.rows;)
      store.writeAudit((chain) => {
        for (let row = 0; row < 1_000; row++)
          chain.append(this.org, { ...createConnection("app"), database: `${number++} ${"x".repeat(PADDING)}` } as never);
      });
    store.close();
  }
}

/** Numbers of the rows in a text, in its order. */
export const readNumbers = (text: string): number[] => [...text.matchAll(/"database":"(\d{1,6}) x/g)].map(([, number]) => Number(number));

/** Every row is there, and never a later one before it. @returns how many came twice */
export function countDuplicates(numbers: readonly number[], rows: number): number {
  const seen = new Set<number>();
  let highest = 0;
  for (const number of numbers) {
    if (number > highest + 1) throw new Error(`row ${number} came after ${highest}`);
    highest = Math.max(highest, number);
    seen.add(number);
  }
  expect([seen.size, highest]).toEqual([rows, rows]);
  return numbers.length - seen.size;
}
