import { parseArgs } from "node:util";
import { startBuilt } from "../reliability/plane.js";
import { ATTACKS } from "./all.js";
import { Ground } from "./ground.js";
import { KINDS } from "./kinds.js";
import { gotThrough, linesOf, tryAll, type Tried } from "./run.js";

/**
 * `npm run attacks`: starts a fresh plane and tries everything that is known against it. Prints one line for each kind, what got through, and the
 * sum; fails when anything got through. `--only <words>` tries those whose kind or name has the words, `--verbose` prints each.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { output: { type: "string", default: "text" }, only: { type: "string" }, verbose: { type: "boolean", default: false } },
  });
  const { output, only, verbose } = values;
  const wanted = ATTACKS.filter(({ kind, name }) => only === undefined || (only in KINDS ? kind === only : name.includes(only)));
  const tell = ({ attack, outcome }: Tried) => {
    if (verbose) process.stderr.write(`${attack.kind}: ${attack.name}: ${JSON.stringify(outcome)}\n`);
  };
  const tried = await Ground.with(startBuilt, (ground) => tryAll(ground, wanted, tell));
  const open = gotThrough(tried);
  if (output === "json") {
    const attacks = tried.map(({ attack: { kind, name, gain }, outcome }) => ({ kind, name, gain, ...outcome }));
    process.stdout.write(`${JSON.stringify({ version: 1, tried: tried.length, through: open.length, attacks }, null, 2)}\n`);
  } else process.stdout.write(`${[...linesOf(tried), `${tried.length} attacks, ${open.length} got through`].join("\n")}\n`);
  process.exitCode = open.length === 0 ? 0 : 1;
}

void main();
