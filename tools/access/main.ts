import { startBuilt } from "../reliability/plane.js";
import { CALLERS } from "./callers.js";
import { builtRoutes, nameOf } from "./declared.js";
import { tryMatrix } from "./matrix.js";

/** `npm run access`: tries every route of a fresh plane with every kind of caller. Prints what was answered otherwise than declared, and the sum. */
async function main(): Promise<void> {
  const { routes, hooks } = await builtRoutes();
  const all = [...routes, ...hooks];
  const cells = await tryMatrix(startBuilt, all);
  const faults = cells.flatMap(({ route, caller, expected, fault }) =>
    fault === undefined ? [] : [`${nameOf(route)}, ${caller.who}: should be ${expected}, ${fault}`],
  );
  for (const fault of faults) process.stdout.write(`WRONG  ${fault}\n`);
  const refused = cells.filter(({ expected }) => expected !== "admitted").length;
  process.stdout.write(
    `${all.length} routes x ${CALLERS.length} callers: ${cells.length} requests, ${refused} refused and ${cells.length - refused} admitted as declared, ${faults.length} otherwise\n`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

void main();
