// Runs command lines of the built `palisade`, one after another, as one process each would: what is loaded is loaded once. See palisade.ts.
const { join } = require("node:path");
const { run } = require(join(__dirname, "../../dist/cli/run.js"));

process.on("message", async ({ words, cwd, env }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  const code = await run(words);
  process.chdir("/");
  // After all that the verb and the programs it has run have written.
  for (const stream of [process.stdout, process.stderr]) stream.write(`\0${code}\0`);
});
