import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPackageRoot } from "../cli/pulumi/packageRoot.js";
import * as allowlist from "./allowlist.js";
import * as backups from "./backups.js";
import * as branches from "./branchStart.js";
import * as calls from "./lifecycleCalls.js";
import * as customerKeys from "./customerKeys.js";
import * as drift from "./drift.js";
import * as fuzz from "./proxyFuzz.js";
import * as load from "./loadTime.js";
import * as noop from "./noop.js";
import * as plane from "./planeStart.js";
import * as proxy from "./proxy.js";
import * as providerText from "./providerText.js";
import * as refresh from "./refresh.js";
import * as review from "./review.js";
import * as routes from "./routes.js";
import * as sharing from "./concurrentStacks.js";
import * as stop from "./planeStop.js";
import * as tenants from "./tenantInterference.js";
import type { Row } from "./row.js";
import * as sealing from "./sealing.js";

/**
 * `npm run bench`: measures and prints everything that takes minutes; `-- --only NAME,NAME` some of them, also those that take a quarter of an hour.
 * `-- --record` also rewrites bench/RESULTS.md. Exits 0 when it measured, 2 for a name that it does not know.
 */

interface Benchmark {
  title: string;
  run: () => Promise<{ rows: Row[] }>;
}

const BENCHES: Readonly<Record<string, Benchmark>> = {
  providerText,
  noop,
  load,
  create: calls,
  change: calls,
  destroy: calls,
  sharing,
  allowlist,
  plane,
  routes,
  proxy,
  fuzz,
  branches,
  stop,
  tenants,
  drift,
  review,
  sealing,
  customerKeys,
};
/** Minutes of setting up: under the API's rate limit, or of a branch of 1 GB. */
const LONG: Readonly<Record<string, Benchmark>> = { refresh, backups };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { record: { type: "boolean", default: false }, only: { type: "string" } } });
  const named = values.only?.split(",").map((name) => ({ ...BENCHES, ...LONG })[name]);
  // One lifecycle of 110 objects answers for several names.
  const chosen = new Set(named ?? Object.values(BENCHES));
  const written: string[] = [];
  const say = (text: string) => {
    written.push(text);
    process.stdout.write(`${text}\n`);
  };
  say(
    `# Results\n\n${formatToday()}, \`npm run bench\`, node ${process.version}, ${availableParallelism()} cores, ${process.platform} ${process.arch}.`,
  );
  for (const bench of chosen) {
    if (!bench) {
      process.stderr.write(`there are ${Object.keys({ ...BENCHES, ...LONG }).join(", ")}\n`);
      process.exitCode = 2;
      return;
    }
    say(`\n## ${bench.title}\n\n${formatTable((await bench.run()).rows)}`);
  }
  if (values.record) writeFileSync(join(findPackageRoot(__dirname), "bench", "RESULTS.md"), `${written.join("\n")}\n`);
}

const formatToday = (): string => new Date().toISOString().slice(0, 10);

/** A Markdown table with aligned columns. */
function formatTable(rows: readonly Row[]): string {
  const cells = [["measured", "figure", "goal"], ...rows.map(({ name, value, goal = "" }) => [name, value, goal])];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

void main();
