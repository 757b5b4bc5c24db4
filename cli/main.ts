#!/usr/bin/env node
import { run } from "./run.js";

/** A reader that has gone (`| head`) neither ends what is under way nor changes its exit code. */
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
