import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import { startPlane } from "./index.js";

/** A plane in a process of its own, for tests and benchmarks: `node bin.js '<options as JSON>'`. The first line of its output is the ready line. */
const log: PlaneOptions["log"] = (line) => process.stderr.write(`${JSON.stringify(line)}\n`);

startPlane({ computes: "records", ...(JSON.parse(process.argv[2] ?? "{}") as Omit<PlaneOptions, "log">), log }).then(
  (plane) => {
    process.stdout.write(`${JSON.stringify(plane.ready)}\n`);
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void plane.stop());
  },
  (error: unknown) => {
    process.stderr.write(`${formatErrorMessage(error)}\n`);
    process.exitCode = 1;
  },
);
