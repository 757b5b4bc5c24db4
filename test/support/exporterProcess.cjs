// An exporter in a process of its own, to be killed: node exporterProcess.cjs CONFIGURATION.json. Rows are made up by their number, the position is a file.
const { readFileSync, writeFileSync, renameSync, openSync, fsyncSync, closeSync } = require("node:fs");
const { join } = require("node:path");
const built = (name) => require(join(process.cwd(), "control-plane/dist/audit/export", name));
const { Exporter } = built("exporter.js");
const { createSink } = built("sinks/createSink.js");

const { configuration, context, position: path, rows, padding, mostBytes = Infinity } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const row = (seq) => ({
  ...{
    version: 1,
    type: "connection",
    org_id: configuration.org_id,
    seq,
    at: new Date(1767225600000 + seq).toISOString(),
    digest: "0".repeat(64),
  },
  ...{ action: "connect", decision: "admitted", session: "6f1c1e9a-6a1b-4d3c-9b39-0d8d6a1c2f10", address: "192.0.2.7", via: "public" },
  ...{ role: "zwölf\n", database: "x".repeat(padding) },
});
const source = {
  readFrom: async (_, seq, maxBytes) => {
    const found = [];
    for (let bytes = 0; seq <= rows && (found.length === 0 || bytes < Math.min(maxBytes, mostBytes)); seq++) {
      found.push(row(seq));
      bytes += JSON.stringify(found.at(-1)).length;
    }
    return found;
  },
  readLatestSeq: async () => rows,
  onAppended: () => () => undefined,
};
const read = () => {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0;
  }
};
const savePosition = async (seq) => {
  const file = openSync(`${path}.draft`, "w", 0o600);
  writeFileSync(file, String(seq));
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.draft`, path);
};
// Retries are quick: what is tried is what is lost, not for how long one waits.
const timers = { now: Date.now, wait: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 200))) };
const exporter = new Exporter({
  configuration,
  source,
  sink: createSink(configuration, context),
  position: read(),
  savePosition,
  timers,
  log: () => undefined,
});
exporter.start();
const tell = setInterval(() => process.send?.(exporter.getStatus()), 20);
process.on("SIGTERM", async () => {
  clearInterval(tell);
  await exporter.stop();
  process.exit(0);
});
