import { join } from "node:path";
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { ensurePki } from "../../control-plane/pki/index.js";
import { endPlanes, planeDirectory, startPlane, type TestPlane } from "../support/plane.js";
import { until } from "../support/until.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A plane whose certificate is to be renewed in half an hour: it was made 60 days ago, but for that half hour. */
let plane: TestPlane;
beforeAll(async () => {
  const directory = planeDirectory();
  await ensurePki(join(directory, "pki"), new Date(Date.now() - 60 * DAY_MS + 30 * MINUTE_MS));
  plane = await startPlane({ computes: "postgres", proxyPort: 0, dataDirectory: directory });
}, 60_000);
afterAll(endPlanes, 60_000);

it("the certificate is renewed while the plane runs: open sessions go on, new ones verify and bind to the new one", async () => {
  const made = await plane.api.project({});
  const parameters = made.connection_uris[0]?.connection_parameters;
  /** Verifies the certificate against the same root, and refuses to log in without channel binding to it. */
  const session = async () => {
    const client = new Client({
      host: "127.0.0.1",
      port: plane.ready.proxyPort ?? 0,
      user: parameters?.role ?? "",
      database: parameters?.database ?? "",
      password: parameters?.password ?? "",
      enableChannelBinding: true,
      ssl: { ca: readFileSync(plane.ready.rootCert ?? "", "utf8"), servername: `${made.endpoints[0]?.id ?? ""}.db.localhost` },
    });
    await client.connect();
    return client;
  };
  const certificate = () => readFileSync(join(plane.directory, "pki", "server.crt"), "utf8");
  const root = readFileSync(plane.ready.rootCert ?? "", "utf8");

  const early = await session();
  const before = certificate();
  await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: (31 * MINUTE_MS) / 1_000 });
  await until("the renewal", () => plane.logged.some(({ event }) => event === "certificate-renewed"));
  expect(certificate()).not.toBe(before);
  expect(readFileSync(plane.ready.rootCert ?? "", "utf8")).toBe(root);

  const late = await session();
  const shown = (client: Client) =>
    (client as unknown as { connection: { stream: { getPeerX509Certificate: () => { toString: () => string } } } }).connection.stream
      .getPeerX509Certificate()
      .toString();
  expect([shown(early), shown(late)].map((pem) => pem.trim())).toEqual([before.trim(), certificate().trim()]);
  for (const client of [early, late]) {
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await client.end();
  }

  await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 60 });
  const again = await session();
  expect(shown(again).trim()).toBe(certificate().trim());
  await again.end();
  expect(plane.logged.filter(({ event }) => event === "certificate-renewed")).toHaveLength(1);
}, 60_000);
