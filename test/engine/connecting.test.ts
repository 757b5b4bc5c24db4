import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Client } from "pg";
import postgres from "postgres";
import ts from "typescript";
import { parseUri } from "../../cli/connection/uri.js";
import { connectionString } from "../../sdk/connectionString.js";
import { newPlane, newStack, output, putAway } from "./lab.js";

/** The program of the connecting guide, as it is printed, against a plane with real Postgres: what it exports connects, fully checked. */

jest.setTimeout(240_000);
afterAll(putAway, 60_000);

async function printed(): Promise<string> {
  const guide = await readFile(resolve(__dirname, "../../docs/guides/connecting.md"), "utf8");
  const [, text = ""] = /```ts\n(.*?)```/s.exec(guide) ?? [];
  return ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } }).outputText;
}

const WHO = "SELECT current_user || '@' || current_database() AS who";

const LOOPBACK = "127.0.0.1";

/** As it is; where names under db.localhost lead nowhere on this machine, their address is given and the name is checked all the same. */
async function ask(uri: string): Promise<unknown> {
  const { host, port = 0, role, password = "", database, rootCert = "" } = parseUri(uri);
  const named = { host: LOOPBACK, port, user: role, password, database, ssl: { ca: await readFile(rootCert, "utf8"), servername: host } };
  const client = new Client(host === "localhost" ? { connectionString: uri } : named);
  await client.connect();
  try {
    return (await client.query<{ who: string }>(WHO)).rows[0]?.who;
  } finally {
    await client.end();
  }
}

test.each(["universal", "sni"] as const)("the program of the guide exports strings that connect, with %s host names", async (hosts) => {
  const plane = await newPlane({ computes: "postgres", proxyPort: 0, hosts });
  const stack = await newStack(await printed(), plane.ready);
  await stack.up({ check: true });
  const { stdout } = await stack.run(["stack", "output", "--json", "--show-secrets"], { check: true });
  const { url, uri } = JSON.parse(stdout) as { url: string; uri: string };
  expect(parseUri(url)).toMatchObject({ sslMode: "verify-full", rootCert: plane.ready.rootCert, port: plane.ready.proxyPort });
  expect(await ask(url)).toBe("app@orders");

  const { password = "", ...login } = parseUri(url);
  expect(uri).not.toContain(password);
  expect(await ask(uri.replace("postgresql://", `postgresql://app:${encodeURIComponent(password)}@`).replace("/?", "/orders?"))).toBe(
    "app@orders",
  );

  const rootCert = await readFile(plane.ready.rootCert ?? "", "utf8");
  const { host, port, database, role, parameters } = login;
  const form = connectionString({ client: "postgres.js", host, port, database, role, password, parameters, rootCert });
  const sql = postgres({ ...form, host: LOOPBACK, max: 1 });
  expect(await sql.unsafe(WHO)).toMatchObject([{ who: "app@orders" }]);
  await sql.end();

  const again = await stack.up({ check: true });
  expect(output(again)).not.toContain("~");
  const shown = await stack.run(["stack", "output"], { check: true });
  expect(output(shown)).not.toContain(password);
});
