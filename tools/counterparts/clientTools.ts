import { ensurePostgresClient } from "./postgresClient.js";

/** `npm run client-tools`: a folder for PATH with pg_dump, pg_restore and psql of version 18. */
void ensurePostgresClient().then((found) => {
  if ("path" in found) {
    process.stdout.write(`${found.path}\n`);
    return;
  }
  process.stderr.write(`palisade: ${found.missing}\n`);
  process.exitCode = 1;
});
