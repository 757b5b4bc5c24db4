import { parseArgs } from "node:util";
import { startBuiltPlane } from "../reliability/testPlane.js";
import { ATTACKS } from "./attacks.js";
import { type Finding, fuzz } from "./fuzz.js";
import { AttackTarget } from "./attackTarget.js";
import { KINDS } from "./kinds.js";
import { filterSuccessful, formatLines, tryAll, type AttackResult } from "./runAttacks.js";

/**
 * `npm run attacks`: starts a fresh plane and tries everything that is known against it. Prints one line for each kind, what got through, and the
 * sum; fails when anything got through. `--only <words>` tries those whose kind or name has the words, `--verbose` prints each.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      output: { type: "string", default: "text" },
      only: { type: "string" },
      verbose: { type: "boolean", default: false },
      fuzz: { type: "boolean", default: false },
      rounds: { type: "string", default: "300" },
      seed: { type: "string", default: "1" },
    },
  });
  const { output, only, verbose } = values;
  if (values.fuzz) return runFuzz(Number(values.rounds), Number(values.seed), output);
  const wanted = ATTACKS.filter(({ kind, name }) => only === undefined || (only in KINDS ? kind === only : name.includes(only)));
  const tell = ({ attack, outcome }: AttackResult) => {
    if (verbose) process.stderr.write(`${attack.kind}: ${attack.name}: ${JSON.stringify(outcome)}\n`);
  };
  const tried = await AttackTarget.runWith(startBuiltPlane, (target) => tryAll(target, wanted, tell));
  const open = filterSuccessful(tried);
  if (output === "json") {
    const attacks = tried.map(({ attack: { kind, name, gain }, outcome }) => ({ kind, name, gain, ...outcome }));
    process.stdout.write(`${JSON.stringify({ version: 1, tried: tried.length, through: open.length, attacks }, null, 2)}\n`);
  } else process.stdout.write(`${[...formatLines(tried), `${tried.length} attacks, ${open.length} got through`].join("\n")}\n`);
  process.exitCode = open.length === 0 ? 0 : 1;
}

/** `--fuzz --rounds 300 --seed 1`: random statements of a tenant between the acts of the plane; the same seed says the same. */
async function runFuzz(rounds: number, seed: number, output: string): Promise<void> {
  const tell = ({ round, act, what, statements }: Finding) => {
    if (output !== "json") process.stdout.write(`round ${round} (${act}): ${what}\n${statements.map((each) => `    ${each};\n`).join("")}`);
  };
  const findings = await AttackTarget.runWith(startBuiltPlane, (target) => fuzz(target, rounds, seed, tell));
  if (output === "json") process.stdout.write(`${JSON.stringify({ version: 1, rounds, seed, findings }, null, 2)}\n`);
  else process.stdout.write(`${rounds} rounds with seed ${seed}, ${findings.length} findings\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

void main();
