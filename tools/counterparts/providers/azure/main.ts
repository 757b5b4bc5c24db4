import { SCHEMA_FOLDER } from "../providerDouble.js";
import { servePlugin } from "../server.js";
import { createAzureDouble } from "./provider.js";

/** What the Pulumi CLI starts as `pulumi-resource-azure-native` where the double is wanted. */
servePlugin(createAzureDouble(process.env), process.env[SCHEMA_FOLDER]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
