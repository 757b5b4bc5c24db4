import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";

/** The access log of a whole plane: who came to a real compute, and what became of it. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });

const file = () => join(plane.directory, "log", "access.jsonl");
const lines = () =>
  readFileSync(file(), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it("tells sessions from refusals, names what they were for, and holds no secret", async () => {
  const made = await plane.api.project({});
  const parameters = made.connection_uris[0]?.connection_parameters;
  const endpoint = made.endpoints[0]?.id ?? "";
  const client = (password: string) =>
    new Client({
      host: "127.0.0.1",
      port: plane.ready.proxyPort ?? 0,
      user: parameters?.role ?? "",
      database: parameters?.database ?? "",
      password,
      application_name: "report\n2",
      ssl: { ca: readFileSync(plane.ready.rootCert ?? "", "utf8"), servername: `${endpoint}.db.localhost` },
    });
  const admitted = client(parameters?.password ?? "");
  await admitted.connect();
  await admitted.query("SELECT repeat('x', 100000)");
  await admitted.end();
  await expect(client("not-the-password").connect()).rejects.toThrow("password authentication failed");
  await until("the end and the refusal", () => lines().length >= 3);

  const about = {
    client_addr: "127.0.0.1",
    via: "public",
    endpoint,
    branch: made.branch.id,
    project: made.project.id,
    role: parameters?.role,
    database: parameters?.database,
    application_name: "report\n2",
  };
  const [connect, refused] = lines().filter(({ event }) => event === "connect");
  const end = lines().find(({ event }) => event === "end");
  expect(connect).toMatchObject({ ...about, decision: "admitted" });
  expect(refused).toMatchObject({ ...about, decision: "refused", reason: "password-failed" });
  expect(end).toMatchObject({ ...about, session: connect?.["session"] });
  expect(end?.["bytes_to_client"]).toBeGreaterThan(100_000);
  expect(end?.["bytes_from_client"]).toBeGreaterThan(20);
  expect(end?.["bytes_from_client"]).toBeLessThan(1_000);
  expect(Date.parse(String(end?.["time"])) - Date.parse(String(connect?.["time"]))).toBeGreaterThanOrEqual(0);
  const text = readFileSync(file(), "utf8");
  expect([text.includes(parameters?.password ?? "none"), text.includes("not-the-password")]).toEqual([false, false]);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
}, 60_000);
