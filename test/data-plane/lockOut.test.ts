import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { attestPath, watchPath } from "../../cli/connection/attest.js";
import { check } from "../../cli/connection/check.js";
import { parseUri } from "../../cli/connection/uri.js";
import { signText } from "../../provider/client/sshSignature.js";
import { PATH_NAMESPACE, type PathAttestation } from "../../contract/pathAttestation.js";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { startProviderProcess } from "../../tools/reliability/providerProcess.js";
import { field, proxyHeader } from "../control-plane/proxy/wire.js";
import { planeDirectory, sharedPlane } from "../support/plane.js";

/** From an open project to one that is reached through a private endpoint alone, by a real plane, the real provider and a real connection. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0, hosts: "sni" });
// A region with two endpoint services, of which one has an endpoint: a path is proved, and not every one.
const REGION = "aws-us-east-1";
const ENDPOINT = "vpce-0a1b2c3d4e5f60001";
const MAIN = resolve(__dirname, "../../dist/cli/main.js");
let balancer: Server;
let key: string;
let allowedSigners: string;

beforeAll(async () => {
  // What a cloud's load balancer does: whoever connects to it comes in by the endpoint.
  const header = proxyHeader("10.0.0.7", field(0xea, Buffer.concat([Buffer.from([1]), Buffer.from(ENDPOINT)])));
  balancer = createServer((client: Socket) => {
    const inside = connect(plane.ready.privateSocket ?? "");
    inside.write(header);
    client.on("error", () => inside.destroy()).pipe(inside);
    inside.on("error", () => client.destroy()).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(balancer, "listening");
  const directory = planeDirectory();
  key = join(directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  allowedSigners = join(directory, "allowed_signers");
  writeFileSync(allowedSigners, `inside@palisade.test namespaces="${PATH_NAMESPACE}" ${readFileSync(`${key}.pub`, "utf8")}`);
}, 60_000);
afterAll(() => {
  balancer.close();
});

const roots = () => ({ pem: readFileSync(plane.ready.rootCert ?? "", "utf8"), name: "the plane's" });
const uriOf = (endpointId: string, port: number) =>
  parseUri(`postgresql://neondb_owner@${endpointId}.db.localhost:${port}/neondb?sslmode=verify-full&hostaddr=127.0.0.1`);
const signed = async (attested: PathAttestation, by = key) => {
  const text = canonicalizeJson(attested);
  return JSON.stringify({ attestation: text, signature: await signText(text, by, PATH_NAMESPACE) });
};

it("public access is blocked with an attestation from inside the network, bound to all that it says and used once", async () => {
  const provider = startProviderProcess(plane.ready).hooks;
  const { inputs } = await provider.Project.check(
    {},
    { managedBy: "urn:shop", name: "shop", regionId: REGION, network: { allow: "listed", ranges: ["127.0.0.0/8"] } },
  );
  const { id, outs } = await provider.Project.create(inputs);
  await plane.api.settled(id);
  const endpointId = String(outs["endpointId"]);
  const path = `/organizations/${plane.ready.orgId}/vpc/region/${REGION}/vpc_endpoints/${ENDPOINT}`;
  expect((await plane.api.call("POST", path, { label: "" })).status).toBe(200);
  const block = (more: object = {}) =>
    provider.Project.update(id, outs, { ...inputs, network: { allow: "nobody", privateEndpoints: "allowed", ...more } });
  await expect(block()).rejects.toThrow("1 of 2 endpoint services");

  const account = { ...plane.ready, orgId: undefined };
  const { port } = balancer.address() as { port: number };
  // By the public port the plane sees no private endpoint, whatever the address.
  await expect(attestPath(account, id, uriOf(endpointId, plane.ready.proxyPort ?? 0), roots())).rejects.toThrow("PAL_PATH_UNPROVED");
  // check-connection tells the ways apart; a password is not needed for that.
  const wayBy = async (at: number) => {
    const steps = await check(uriOf(endpointId, at), {
      roots: roots(),
      password: undefined,
      interrupted: new AbortController().signal,
      onStep: () => undefined,
      path: await watchPath(account, id),
    });
    return steps.map(({ step, status, detail }) => `${step} ${status} ${detail}`).at(-1);
  };
  expect(await wayBy(plane.ready.proxyPort ?? 0)).toBe("path ok public: by no private endpoint");
  expect(await wayBy(port)).toBe(`path ok private: by ${ENDPOINT}`);
  const attested = await attestPath(account, id, uriOf(endpointId, port), roots());
  expect(attested).toMatchObject({ organisation: plane.ready.orgId, projectId: id, endpointIds: [ENDPOINT] });

  const proof = async (change: Partial<PathAttestation> = {}, signers = allowedSigners, by = key) => ({
    pathAttestation: { attestation: await signed({ ...attested, ...change }, by), allowedSigners: signers },
  });
  const stranger = join(planeDirectory(), "stranger");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", stranger]);
  await expect(block(await proof({}, allowedSigners, stranger))).rejects.toThrow("its signer is not in");
  await expect(block(await proof({ projectId: "other-00000001" }))).rejects.toThrow("it is of project other-00000001");
  await expect(block(await proof({ organisation: "org-other" }))).rejects.toThrow("it is of organisation org-other");
  await expect(block(await proof({ madeAt: "2026-01-01T00:00:00Z" }))).rejects.toThrow("holds for 15 minutes");
  await expect(block(await proof({ challenge: "0".repeat(32) }))).rejects.toThrow("is over, or was used");
  const { project } = (await plane.api.call("GET", `/projects/${id}`)).body as { project: { settings: object } };
  expect(project.settings).toMatchObject({ block_public_connections: false });

  await block(await proof());
  const after = (await plane.api.call("GET", `/projects/${id}`)).body as { project: { settings: object } };
  expect(after.project.settings).toMatchObject({ block_public_connections: true });
  // Nobody comes in publicly any more, and the private path leads on; open again, the same attestation blocks nothing.
  await expect(attestPath(account, id, uriOf(endpointId, plane.ready.proxyPort ?? 0), roots())).rejects.toThrow("blocked network");
  expect((await attestPath(account, id, uriOf(endpointId, port), roots())).endpointIds).toEqual([ENDPOINT]);
  await provider.Project.update(id, outs, inputs);
  await expect(block(await proof())).rejects.toThrow("is over, or was used");
}, 120_000);

it("palisade attest-path writes what was signed inside the network, and palisade check-connection says which way it came", async () => {
  const { project, endpoints } = await plane.api.project({ name: "desk", region_id: REGION });
  const { port } = balancer.address() as { port: number };
  const out = join(planeDirectory(), "attestation.json");
  const uri = `postgresql://neondb_owner@${endpoints[0]?.id ?? ""}.db.localhost:${port}/neondb?sslmode=verify-full&hostaddr=127.0.0.1&sslrootcert=${plane.ready.rootCert ?? ""}`;
  const palisade = async (...words: string[]) => {
    const env = { ...process.env, NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey };
    const child = spawn(process.execPath, [MAIN, ...words, "--project", project.id, "--cwd", planeDirectory()], { env });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (said += piece.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, said };
  };
  expect(await palisade("attest-path", uri, "--key", key, "--out", out)).toEqual({
    code: 0,
    said: expect.stringContaining(`${ENDPOINT} to ${project.id}`) as string,
  });
  const { attestation } = JSON.parse(readFileSync(out, "utf8")) as { attestation: string };
  expect(JSON.parse(attestation)).toMatchObject({ projectId: project.id, endpointIds: [ENDPOINT] });
  const way = await palisade("check-connection", uri);
  expect(way.said).toMatch(new RegExp(`path +[0-9]+ ms +private: by ${ENDPOINT}`));
}, 120_000);

it("an attestation of other endpoints or of another certificate than the plane has seen blocks nothing", async () => {
  const provider = startProviderProcess(plane.ready).hooks;
  const { project, endpoints } = await plane.api.project({ name: "till", region_id: REGION });
  const { port } = balancer.address() as { port: number };
  const { inputs } = await provider.IpAllowlist.check({}, { managedBy: "urn:till", projectId: project.id, allow: "nobody" });
  const make = (attestation: string) => provider.IpAllowlist.create({ ...inputs, pathAttestation: { attestation, allowedSigners } });
  for (const [change, why] of [
    [{ endpointIds: ["vpce-0a1b2c3d4e5f60009"] }, "vpce-0a1b2c3d4e5f60009 is not accepted"],
    [{ serverCertificate: "00:11" }, "the plane has seen no such connection"],
  ] as const) {
    const attested = await attestPath({ ...plane.ready, orgId: undefined }, project.id, uriOf(endpoints[0]?.id ?? "", port), roots());
    await expect(make(await signed({ ...attested, ...change } as PathAttestation))).rejects.toThrow(why);
  }
  const { body } = await plane.api.call("GET", `/projects/${project.id}`);
  expect(body).not.toMatchObject({ project: { settings: { block_public_connections: true } } });
}, 120_000);

it("a project is reached by no endpoint that was rejected or removed, even where it is restricted to that one", async () => {
  const { project, endpoints } = await plane.api.project({ name: "gate", region_id: REGION });
  const { port } = balancer.address() as { port: number };
  const way = () => attestPath({ ...plane.ready, orgId: undefined }, project.id, uriOf(endpoints[0]?.id ?? "", port), roots());
  expect((await plane.api.call("POST", `/projects/${project.id}/vpc_endpoints/${ENDPOINT}`, { label: "" })).status).toBe(200);
  expect((await way()).endpointIds).toEqual([ENDPOINT]);
  await plane.api.call("POST", "/x-palisade/test/vpc_endpoints", { vpc_endpoint_id: ENDPOINT, becomes: "rejected" });
  await expect(way()).rejects.toThrow("not allowed");
}, 120_000);
