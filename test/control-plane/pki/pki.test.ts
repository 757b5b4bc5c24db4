import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { ensurePki, SERVER_NAMES } from "../../../control-plane/pki/index.js";
import type { KeyPair } from "../../../control-plane/pki/issue.js";
import { createAuthority, createServerCertificate } from "../../../control-plane/pki/issue.js";
import { newRevocationList } from "../../support/revocationList.js";

const DAY = 86_400_000;
const NOW = new Date();
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palisade-pki-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** What a client that verifies says to a server with this certificate: "ok" or the code of its error. */
async function verdict(server: KeyPair, client: tls.ConnectionOptions): Promise<string> {
  const listener = tls.createServer({ ...server, minVersion: "TLSv1.2" }).listen(0, "127.0.0.1");
  listener.on("tlsClientError", () => undefined);
  await once(listener, "listening");
  try {
    const socket = tls.connect({ host: "127.0.0.1", port: (listener.address() as AddressInfo).port, ...client });
    await once(socket, "secureConnect");
    socket.destroy();
    return "ok";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    listener.close();
  }
}

describe("the plane's own authority", () => {
  it("gives a server certificate that a verifying client takes under every name it is for, and under no other", async () => {
    const { rootCertPath, server } = await ensurePki(directory, NOW);
    const ca = readFileSync(rootCertPath);
    for (const servername of ["ep-calm-lake-a1234567.db.localhost", "ep-x-pooler.db.localhost", "db.localhost", "localhost"])
      expect([servername, await verdict(server, { ca, servername })]).toEqual([servername, "ok"]);
    for (const servername of ["a.b.db.localhost", "ep-x.localhost", "example.com"])
      expect([servername, await verdict(server, { ca, servername })]).toEqual([servername, "ERR_TLS_CERT_ALTNAME_INVALID"]);
    expect(await verdict(server, { ca })).toBe("ok"); // by the address 127.0.0.1
  });

  it("is of the shape that was decided: P-256, a signature with SHA-256, no certificate below a server's, alternative names only", async () => {
    const { authority, server } = await ensurePki(directory, NOW);
    const [root, leaf] = [new X509Certificate(authority.cert), new X509Certificate(server.cert)];
    for (const { publicKey } of [root, leaf]) expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(root.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.subjectAltName).toBe(
      "DNS:*.db.localhost, DNS:db.localhost, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
    const text = (cert: string) => execFileSync("openssl", ["x509", "-noout", "-text"], { input: cert, encoding: "utf8" });
    if (spawnSync("openssl", ["version"]).status !== 0) {
      console.log("openssl is not on this machine: extensions were not read by a second implementation");
      return;
    }
    expect(text(authority.cert)).toMatch(/CA:TRUE, pathlen:0[\s\S]*Certificate Sign, CRL Sign[\s\S]*Subject Key Identifier/);
    expect(text(server.cert)).toMatch(/ecdsa-with-SHA256[\s\S]*Subject Key Identifier[\s\S]*Authority Key Identifier/);
  });

  it("keeps private keys from others, and says the same on the next start", async () => {
    const first = await ensurePki(directory, NOW);
    for (const [file, mode] of [
      ["root.key", 0o600],
      ["server.key", 0o600],
      [".", 0o700],
    ] as const)
      expect([file, statSync(join(directory, file)).mode & 0o777]).toEqual([file, mode]);
    expect(await ensurePki(directory, NOW)).toEqual(first);
  });

  it("renews the server certificate when less than 30 of its 90 days remain, under the same root", async () => {
    const first = await ensurePki(directory, NOW);
    expect(await ensurePki(directory, inDays(59))).toEqual(first);
    const renewed = await ensurePki(directory, inDays(61));
    expect(renewed.authority).toEqual(first.authority);
    expect(new Date(new X509Certificate(renewed.server.cert).validTo).getTime()).toBeCloseTo(inDays(151).getTime(), -4);
  });

  it("makes a new root when the old one would end before a server certificate", async () => {
    const first = await ensurePki(directory, NOW);
    const late = await ensurePki(directory, inDays(3_600));
    expect(late.authority.cert).not.toBe(first.authority.cert);
    expect(new X509Certificate(late.server.cert).verify(new X509Certificate(late.authority.cert).publicKey)).toBe(true);
  });

  it.each(["server.key", "server.crt", "root.key", "root.crt"])("makes anew what a cut-short %s spoils", async (file) => {
    const first = await ensurePki(directory, NOW);
    truncateSync(join(directory, file), 40);
    const second = await ensurePki(directory, NOW);
    expect(second.authority.cert === first.authority.cert).toBe(file.startsWith("server"));
    expect(await verdict(second.server, { ca: second.authority.cert, servername: "localhost" })).toBe("ok");
    expect(await ensurePki(directory, NOW)).toEqual(second);
  });

  it("does not keep a server certificate of another authority", async () => {
    await ensurePki(directory, NOW);
    const stranger = await createServerCertificate(await createAuthority(period(3_650)), SERVER_NAMES, period(90));
    writeFileSync(join(directory, "server.crt"), stranger.cert);
    writeFileSync(join(directory, "server.key"), stranger.key);
    const { server } = await ensurePki(directory, NOW);
    expect(server.cert).not.toBe(stranger.cert);
  });
});

describe("what a verifying client refuses", () => {
  const servername = "ep-x.db.localhost";

  it("a certificate of another authority", async () => {
    const [ours, theirs] = [await createAuthority(period(10)), await createAuthority(period(10))];
    const server = await createServerCertificate(theirs, SERVER_NAMES, period(10));
    expect(await verdict(server, { ca: ours.cert, servername })).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  it("an expired certificate", async () => {
    const authority = await createAuthority(period(10));
    const server = await createServerCertificate(authority, SERVER_NAMES, { notBefore: inDays(-9), notAfter: inDays(-1) });
    expect(await verdict(server, { ca: authority.cert, servername })).toBe("CERT_HAS_EXPIRED");
  });

  it("a revoked certificate, when it is given the revocation list; another of the same authority stays good", async () => {
    const authority = await createAuthority(period(10));
    const [revoked, good] = [
      await createServerCertificate(authority, SERVER_NAMES, period(10)),
      await createServerCertificate(authority, SERVER_NAMES, period(10)),
    ];
    const crl = await newRevocationList(authority, [revoked.cert], NOW);
    expect(await verdict(revoked, { ca: authority.cert, servername })).toBe("ok");
    expect(await verdict(revoked, { ca: authority.cert, servername, crl })).toBe("CERT_REVOKED");
    expect(await verdict(good, { ca: authority.cert, servername, crl })).toBe("ok");
  });
});

function period(days: number) {
  return { notBefore: inDays(-1), notAfter: inDays(days) };
}
