import { neon, neonConfig, Client } from "@neondatabase/serverless";
import WebSocket from "ws";

/** The driver as it is: what is set here is where it finds the plane, whose port is its own and whose names need not resolve. */
const { way, sql, over } = JSON.parse(process.argv[2]);
const lookup = (_name, options, done) => (options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));
neonConfig.webSocketConstructor = class extends WebSocket {
  constructor(url) {
    super(url, { lookup });
  }
};
neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
neonConfig.fetchEndpoint = (_host, port) => `https://localhost:${port}/sql`;

const uri = new URL(`postgresql://${way.host}:${way.port}/${encodeURIComponent(way.database)}?sslmode=require`);
[uri.username, uri.password] = [way.user, way.password].map(encodeURIComponent);
if (way.options !== undefined) uri.searchParams.set("options", way.options);

async function overWebSockets() {
  const client = new Client(uri.href);
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: "array" });
  await client.end();
  return rows;
}

try {
  const rows = over === "http" ? await neon(uri.href, { arrayMode: true }).query(sql) : await overWebSockets();
  process.stdout.write(String(rows[0]?.[0]));
} catch (error) {
  process.stderr.write(`${error.message} ${error.sourceError?.cause?.message ?? ""} ${error.error?.message ?? ""}\n`);
  process.exitCode = 1;
}
