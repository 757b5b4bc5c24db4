import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { createAuthority } from "../../control-plane/pki/issue.js";
import { DRIVERS, type Way } from "../support/drivers/drivers.js";
import { sharedPlane } from "../support/plane.js";

/** The drivers people use, against the real plane and a real compute, each with a full check of the certificate. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let folder: string;
let login: Omit<Way, "host" | "options">;
let endpointId: string;
let stranger: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-clients-"));
  const made = await plane.api.project({});
  const parameters = made.connection_uris[0]?.connection_parameters;
  endpointId = made.endpoints[0]?.id ?? "";
  const rootCert = join(folder, "root.crt");
  writeFileSync(rootCert, readFileSync(plane.ready.rootCert ?? ""));
  login = {
    port: plane.ready.proxyPort ?? 0,
    rootCert,
    user: parameters?.role ?? "",
    password: parameters?.password ?? "",
    database: parameters?.database ?? "",
  };
  stranger = join(folder, "stranger.crt");
  const day = 86_400_000;
  writeFileSync(stranger, (await createAuthority({ notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) })).cert);
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

for (const { name, installed, ask } of DRIVERS) {
  if ("missing" in installed) console.log(`skipped: ${name}: ${installed.missing}`);
  ("path" in installed ? describe : describe.skip)(name, () => {
    const byName = (): Way => ({ ...login, host: `${endpointId}.db.localhost` });
    const byOptions = (): Way => ({ ...login, host: "localhost", options: `endpoint=${endpointId}` });
    const WHO = "SELECT current_user || '@' || current_database()";

    it("connects when the compute is named by the host", async () => {
      expect(await ask(byName(), WHO)).toBe(`${login.user}@${login.database}`);
    }, 90_000);

    it("connects when the compute is named by `options` on localhost", async () => {
      expect(await ask(byOptions(), WHO)).toBe(`${login.user}@${login.database}`);
    }, 90_000);

    it("does not connect to a plane whose certificate another authority has signed", async () => {
      const seen = () => plane.logged.filter(({ event, decision }) => event === "access" && decision === "admitted").length;
      const before = seen();
      await expect(ask({ ...byName(), rootCert: stranger }, WHO)).rejects.toThrow(/certif/i);
      expect(seen()).toBe(before);
    }, 90_000);

    it("tells its user what the proxy says", async () => {
      await expect(ask({ ...byName(), password: "wrong" }, WHO)).rejects.toThrow(`password authentication failed for user '${login.user}'`);
    }, 90_000);
  });
}

describe("a client that can neither name a host nor send options", () => {
  const asked = async (password: string): Promise<unknown> => {
    const { port, user, database, rootCert } = login;
    const client = new Client({
      host: "127.0.0.1",
      port,
      user,
      database,
      password,
      ssl: { ca: readFileSync(rootCert), servername: "localhost" },
    });
    client.on("error", () => undefined);
    await client.connect();
    const { rows } = await client.query<{ one: number }>("SELECT 1 AS one");
    await client.end();
    return rows;
  };

  it.each(["endpoint=ID;", "endpoint=ID$", "project=ID;"])("names the compute in front of the password: %s", async (prefix) => {
    expect(await asked(`${prefix.replace("ID", endpointId)}${login.password}`)).toEqual([{ one: 1 }]);
  });

  it("hears the proxy's words for a wrong password, another compute and none", async () => {
    await expect(asked(`endpoint=${endpointId};wrong`)).rejects.toThrow(`password authentication failed for user '${login.user}'`);
    await expect(asked(`endpoint=ep-none;${login.password}`)).rejects.toThrow("endpoint cannot be found");
    await expect(asked(login.password)).rejects.toThrow("Endpoint ID is not specified.");
  });
});
