import { startBuiltPlane } from "../reliability/testPlane.js";
import { CALLERS } from "./callers.js";
import { loadBuiltRoutes, formatRouteName } from "./declaredRoutes.js";
import { tryMatrix } from "./accessMatrix.js";

/** `npm run access`: tries every route of a fresh plane with every kind of caller. Prints what was answered otherwise than declared, and the sum. */
async function main(): Promise<void> {
  const { routes, hooks } = await loadBuiltRoutes();
  const all = [...routes, ...hooks];
  const cells = await tryMatrix(startBuiltPlane, all);
  const faults = cells.flatMap(({ route, caller, expected, fault }) =>
    fault === undefined ? [] : [`${formatRouteName(route)}, ${caller.description}: should be ${expected}, ${fault}`],
  );
  for (const fault of faults) process.stdout.write(`WRONG  ${fault}\n`);
  const refused = cells.filter(({ expected }) => expected !== "admitted").length;
  process.stdout.write(
    `${all.length} routes x ${CALLERS.length} callers: ${cells.length} requests, ${refused} refused and ${cells.length - refused} admitted as declared, ${faults.length} otherwise\n`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

void main();
