import { servePlugin } from "../server.js";
import { awsDouble } from "./provider.js";

/** What the Pulumi CLI starts as `pulumi-resource-aws` where the double is wanted. */
servePlugin(awsDouble(process.env)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
