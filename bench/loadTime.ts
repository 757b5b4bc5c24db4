import { execFileSync } from "node:child_process";
import { findPackageRoot } from "../cli/pulumi/packageRoot.js";
import type { Row } from "./row.js";

export const title = "What is loaded: require of each entry in a process of its own";

const ROUNDS = 5;
/** The first is what every Pulumi program loads, and what the entries for programs come on top of. */
const ENTRIES = ["@pulumi/pulumi", "@palisade/neon", "@palisade/neon/lookup", "@palisade/neon/policy", "@palisade/neon/provider"];

const MEASURE = `
const started = performance.now();
require(process.argv[1]);
process.stdout.write(JSON.stringify([performance.now() - started, Object.keys(require.cache).length]));
`;

export const run = (): Promise<{ rows: Row[] }> => Promise.resolve({ rows: ENTRIES.map(measureEntry) });

function measureEntry(entry: string): Row {
  const measured = Array.from({ length: ROUNDS }, () => loadInProcess(entry)).sort(([a], [b]) => a - b);
  const [milliseconds, modules] = measured[Math.floor(ROUNDS / 2)] ?? [NaN, NaN];
  return { name: entry, value: `${milliseconds.toFixed(0)} ms, ${modules} modules` };
}

const loadInProcess = (entry: string): [milliseconds: number, modules: number] =>
  JSON.parse(execFileSync(process.execPath, ["-e", MEASURE, entry], { cwd: findPackageRoot(__dirname), encoding: "utf8" })) as [
    number,
    number,
  ];
