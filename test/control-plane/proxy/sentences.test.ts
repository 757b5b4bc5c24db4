import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { computeVerifier } from "../../../control-plane/passwords/scram.js";
import { WakeRefusal } from "../../../control-plane/proxy/backend.js";
import { LIMITS } from "../../../control-plane/proxy/limits.js";
import { buildSaslInitialResponse, buildSaslResponse } from "../../../control-plane/proxy/protocol.js";
import { until } from "../../support/until.js";
import { DOMAIN, openDoor, type TestDoor } from "./door.js";
import { field, proxyHeader, Wire } from "./wire.js";

/** The compute never starts in these tests: they are about what is said before. */
const QUOTA = "Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.";
let door: TestDoor;
beforeAll(async () => {
  const asleep = (id: string) =>
    Promise.reject(id === "ep-broken" ? new Error("no space left on the plane's disk") : new WakeRefusal(QUOTA));
  door = await openDoor(asleep, { limits: { connections: { perSecond: 0.001, burst: 40 } } });
  door.backend.verifiers.set("alice", computeVerifier("npg_correct12345"));
});
beforeEach(() => {
  door.backend.rules.clear();
  door.backend.open("ep-open");
  door.backend.entries.length = 0;
  door.backend.wakes = 0;
});
afterAll(() => door.stop());

const sni = (label: string) => ({ servername: `${label}.${DOMAIN}` });

/** What a client that gives this password to this compute hears. */
async function hears(label: string, password = "npg_correct12345", parameters: Record<string, string> = {}): Promise<string> {
  const wire = await Wire.secure(door.port, sni(label));
  wire.startup({ user: "alice", database: "app", ...parameters });
  const outcome = await wire.prove(password);
  const text = outcome === "in" ? await wire.refusal() : outcome;
  wire.destroy();
  return text;
}

describe("what the proxy says, to the letter, with severity ERROR and SQLSTATE XX000", () => {
  it("to a client without TLS", async () => {
    const wire = await Wire.open(door.port);
    wire.startup({ user: "alice", database: "app" });
    expect(await wire.refusal()).toBe("ERROR XX000 connection is insecure (try using `sslmode=require`)");
    expect(await wire.rest()).toHaveLength(0);
    expect(door.backend.last).toMatchObject({ action: "connect", decision: "refused", reason: "insecure-connection", via: "public" });
  });

  it("to a client that does not say which compute", async () => {
    const text =
      "ERROR XX000 Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support or pass the endpoint ID (first part of the domain name) as a parameter: '?options=endpoint%3D<endpoint-id>'. See more at https://neon.tech/sni";
    for (const [servername, options] of [
      ["", ""],
      ["localhost", ""],
      [DOMAIN, ""],
      [`a.b.${DOMAIN}`, ""],
      ["ep-open.example.com", ""],
      ["", "endpoint=ep-open project=ep-open"],
      ["", "endpoint="],
    ] as const) {
      const wire = await Wire.secure(door.port, { servername });
      wire.startup({ user: "alice", options });
      await wire.sayInClear("a password, which names none");
      expect([servername, options, await wire.refusal()]).toEqual([servername, options, text]);
      wire.destroy();
    }
    expect(door.backend.last).toMatchObject({ reason: "missing-endpoint-name", role: "alice", database: "alice" });
  });

  it("to a client that names two computes", async () => {
    expect(await hears("ep-open", undefined, { options: "endpoint=ep-other" })).toBe(
      "ERROR XX000 Inconsistent project name inferred from SNI ('ep-open') and project option ('ep-other').",
    );
    expect(door.backend.last).toMatchObject({ reason: "inconsistent-endpoint-names" });
  });

  it("to a client whose name for a compute is none", async () => {
    const wire = await Wire.secure(door.port, { servername: "localhost" });
    wire.startup({ user: "alice", options: "endpoint=ep_open;" });
    expect(await wire.refusal()).toBe("ERROR XX000 Project name ('ep_open;') must contain only alphanumeric characters and hyphen.");
  });

  it("to a client that does not say who it is", async () => {
    const wire = await Wire.secure(door.port, sni("ep-open"));
    wire.startup({ database: "app" });
    expect(await wire.refusal()).toBe("ERROR XX000 Parameter 'user' is missing in startup packet.");
    expect(door.backend.last).toMatchObject({ reason: "missing-user" });
  });

  it("about a compute that is not there", async () => {
    expect(await hears("ep-gone")).toBe("ERROR XX000 Control plane request failed: endpoint cannot be found");
    expect(door.backend.last).toMatchObject({ reason: "endpoint-not-found", endpointId: "ep-gone" });
  });

  it("to an address that is not listed, with the right and with a wrong password", async () => {
    door.backend.open("ep-listed", { ips: ["192.0.2.1"] });
    const text =
      "ERROR XX000 This IP address 127.0.0.1 is not allowed to connect to this endpoint. Please add it to the allowed list in the Neon console. Make sure to check for IPv4 or IPv6 addresses.";
    expect(await hears("ep-listed")).toBe(text);
    expect(await hears("ep-listed", "wrong")).toBe(text);
    expect(door.backend.last).toMatchObject({ reason: "ip-address-not-allowed", clientAddress: "127.0.0.1" });
  });

  it("to a public address when public connections are blocked, but only after the list had its say", async () => {
    door.backend.open("ep-blocked", { blockPublicConnections: true });
    expect(await hears("ep-blocked")).toBe("ERROR XX000 This connection is trying to access this endpoint from a blocked network.");
    expect(door.backend.last).toMatchObject({ reason: "network-not-allowed" });
    door.backend.open("ep-blocked", { blockPublicConnections: true, ips: ["192.0.2.1"] });
    expect(await hears("ep-blocked")).toContain("This IP address 127.0.0.1");
  });

  it("about a compute that is disabled, to those who could reach it", async () => {
    door.backend.open("ep-off", {}, { disabled: true });
    expect(await hears("ep-off")).toBe("ERROR XX000 Control plane request failed: endpoint is disabled");
    door.backend.open("ep-off", { ips: ["192.0.2.1"] }, { disabled: true });
    expect(await hears("ep-off")).toContain("This IP address");
  });

  it("to a wrong password and to a role that does not exist: the same, but for the name", async () => {
    expect(await hears("ep-open", "wrong")).toBe("ERROR XX000 password authentication failed for user 'alice'");
    expect(door.backend.last).toMatchObject({ reason: "password-failed", role: "alice", database: "app", endpointId: "ep-open" });
    expect(await hears("ep-open", "wrong", { user: "ghost" })).toBe("ERROR XX000 password authentication failed for user 'ghost'");
    expect(door.backend.last).toMatchObject({ reason: "password-failed", role: "ghost" });
    expect(door.backend.wakes).toBe(0);
  });

  it("why a compute cannot start, in the plane's own words, and only to those who proved their password", async () => {
    expect(await hears("ep-open")).toBe(`ERROR XX000 ${QUOTA}`);
    expect(door.backend.last).toMatchObject({ reason: "wake-refused" });
    expect(door.backend.wakes).toBe(1);
  });

  it("about a compute that cannot start for a reason of the plane's own, which the plane's log has and the client has not", async () => {
    door.backend.open("ep-broken");
    expect(await hears("ep-broken")).toBe(
      "ERROR XX000 Control plane request failed: endpoint is temporarily unavailable. Check your quotas and/or contact our support.",
    );
    expect(door.backend.last).toMatchObject({ reason: "compute-unavailable" });
    expect(door.log.at(-1)).toMatchObject({
      event: "compute-unavailable",
      endpointId: "ep-broken",
      error: "no space left on the plane's disk",
    });
  });

  it("when a compute is asked for too often", async () => {
    door.backend.open("ep-busy");
    for (let attempt = 0; attempt < 40; attempt++) {
      const wire = await Wire.secure(door.port, sni("ep-busy"));
      wire.startup({ user: "alice" });
      expect((await wire.next()).type).toBe("R");
      wire.destroy();
    }
    expect(await hears("ep-busy")).toBe("ERROR XX000 Too many connections to this endpoint. Please try again later.");
    expect(door.backend.last).toMatchObject({ reason: "too-many-connections" });
    expect(await hears("ep-open", "wrong")).toContain("password authentication failed");
  });
});

describe("private endpoints, which come in by a socket of their own", () => {
  const aws = (id: string) => field(0xea, Buffer.concat([Buffer.from([1]), Buffer.from(id)]));

  /** As a cloud's load balancer brings it. */
  async function throughEndpoint(header: Buffer, label: string): Promise<string> {
    const wire = await Wire.open(door.privateSocket);
    wire.send(header, Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    expect((await wire.take(1)).toString()).toBe("S");
    await wire.upgrade(sni(label));
    wire.startup({ user: "alice", database: "app" });
    const outcome = await wire.prove("npg_correct12345");
    const text = outcome === "in" ? await wire.refusal() : outcome;
    wire.destroy();
    return text;
  }

  it("are let in by their id alone: the address list does not apply to them", async () => {
    door.backend.open("ep-vpc", { ips: ["192.0.2.1"], blockPublicConnections: true, assignedVpcEndpoints: ["vpce-1", "vpce-2"] });
    expect(await throughEndpoint(proxyHeader("203.0.113.7", aws("vpce-1")), "ep-vpc")).toBe(`ERROR XX000 ${QUOTA}`);
    expect(door.backend.last).toMatchObject({ via: "vpce-1", clientAddress: "203.0.113.7" });
  });

  it("are refused by id when the project is restricted to others", async () => {
    door.backend.open("ep-vpc", { assignedVpcEndpoints: ["vpce-1", "vpce-2"], vpcRestrictions: ["vpce-2"] });
    expect(await throughEndpoint(proxyHeader("203.0.113.7", aws("vpce-1")), "ep-vpc")).toBe(
      "ERROR XX000 This VPC endpoint id vpce-1 is not allowed to connect to this endpoint. Please add it to the allowed list in the Neon console.",
    );
    expect(door.backend.last).toMatchObject({ reason: "vpc-endpoint-id-not-allowed", via: "vpce-1" });
  });

  it("are refused without an id, and altogether when the project blocks them", async () => {
    door.backend.open("ep-vpc", { assignedVpcEndpoints: ["vpce-1"] });
    expect(await throughEndpoint(proxyHeader("203.0.113.7", field(0xea, Buffer.from([2]))), "ep-vpc")).toBe(
      "ERROR XX000 VPC endpoint ID is not specified. This endpoint requires a VPC endpoint ID to connect.",
    );
    expect(door.backend.last).toMatchObject({ reason: "missing-vpc-endpoint-id", via: "private" });
    door.backend.open("ep-vpc", { blockVpcConnections: true, assignedVpcEndpoints: ["vpce-1"] });
    expect(await throughEndpoint(proxyHeader("203.0.113.7", aws("vpce-1")), "ep-vpc")).toBe(
      "ERROR XX000 This connection is trying to access this endpoint from a blocked network.",
    );
  });

  it("of Azure are known by their link id, and told by the id of the endpoint that it is of", async () => {
    const guid = "6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11";
    const linked = () => throughEndpoint(proxyHeader("203.0.113.7", field(0xee, Buffer.from([1, 0x78, 0x56, 0x34, 0x12]))), "ep-vpc");
    door.backend.open("ep-vpc", { ips: ["192.0.2.1"], assignedVpcEndpoints: [guid] });
    expect(await linked()).toContain("This VPC endpoint id link 305419896 is not allowed");
    door.backend.links.set(305_419_896, guid);
    expect(await linked()).toBe(`ERROR XX000 ${QUOTA}`);
    expect(door.backend.last).toMatchObject({ via: guid });
  });

  it("of Azure are not believed from AWS' field, nor a field of another length", async () => {
    const guid = "6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11";
    door.backend.open("ep-vpc", { assignedVpcEndpoints: [guid] });
    for (const fields of [aws(guid), field(0xee, Buffer.from([1, 0x78, 0x56, 0x34]))])
      expect(await throughEndpoint(proxyHeader("203.0.113.7", fields), "ep-vpc")).toContain("VPC endpoint ID is not specified");
  });

  it("are never public, whatever address the header says: without a private endpoint's field nobody is named", async () => {
    door.backend.open("ep-listed", { ips: ["2001:db8::/32"] });
    for (const fields of [Buffer.alloc(0), field(0x04, Buffer.alloc(3))])
      expect(await throughEndpoint(proxyHeader("2001:db8:0:0:0:0:0:5", fields), "ep-listed")).toBe(
        "ERROR XX000 VPC endpoint ID is not specified. This endpoint requires a VPC endpoint ID to connect.",
      );
    expect(door.backend.last).toMatchObject({ via: "private", clientAddress: "2001:db8::5" });
  });

  it("are not believed at the public port, from whatever address; and at their own everybody must say which one it is", async () => {
    door.backend.open("ep-vpc", { ips: ["192.0.2.1"], assignedVpcEndpoints: ["vpce-1"] });
    for (const address of ["127.0.0.1", "127.0.0.9"]) {
      const stranger = await Wire.open(door.port, address);
      stranger.send(proxyHeader("203.0.113.7", aws("vpce-1")));
      expect(await stranger.rest()).toHaveLength(0);
      expect(door.backend.last).toMatchObject({ reason: "protocol-violation", clientAddress: address, via: "public" });
    }
    const silent = await Wire.open(door.privateSocket);
    silent.send(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]), randomBytes(8));
    expect(await silent.rest()).toHaveLength(0);
    expect(door.backend.last).toMatchObject({ reason: "protocol-violation", via: "private" });
  });

  it("come in by a socket that nobody else may enter, and that is gone with the proxy", async () => {
    expect([statSync(dirname(door.privateSocket)).mode & 0o777, statSync(door.privateSocket).mode & 0o777]).toEqual([0o700, 0o600]);
    const other = await openDoor(() => Promise.reject(new WakeRefusal(QUOTA)));
    await other.stop();
    expect(existsSync(dirname(other.privateSocket))).toBe(false);
  });

  it.each([
    ["health check", proxyHeader("203.0.113.7", undefined, 0x20)],
    ["header without addresses", Buffer.concat([Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"), Buffer.from([0x21, 0x00, 0, 0])])],
    ["field that is cut short", proxyHeader("203.0.113.7", Buffer.from([0xea, 0, 9, 1]))],
    ["header of 60,000 bytes", Buffer.concat([Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"), Buffer.from([0x21, 0x11, 0xea, 0x60])])],
  ])("hang up after a %s", async (_, header) => {
    const wire = await Wire.open(door.privateSocket);
    wire.send(header);
    expect(await wire.rest()).toHaveLength(0);
  });
});

describe("the exchange of passwords", () => {
  it("shows for a role that does not exist the same salt each time, and as many iterations as for any other", async () => {
    const asked = async (user: string) => {
      const wire = await Wire.secure(door.port, sni("ep-open"));
      wire.startup({ user });
      await wire.next();
      wire.send(buildSaslInitialResponse("SCRAM-SHA-256", "n,,n=,r=abc"));
      const [, salt, iterations] = /s=(.*),i=(.*)$/.exec((await wire.next()).body.toString("utf8", 4)) ?? [];
      wire.destroy();
      return { salt, iterations, length: Buffer.from(salt ?? "", "base64").length };
    };
    const ghost = await asked("ghost");
    expect(await asked("ghost")).toEqual(ghost);
    expect(await asked("phantom")).not.toEqual(ghost);
    const alice = await asked("alice");
    expect({ ...ghost, salt: "" }).toEqual({ ...alice, salt: "" });
    expect(ghost.iterations).toBe("4096");
  });

  it("is bound to our certificate where the client can", async () => {
    const endPoint = createHash("sha256").update(new X509Certificate(door.server.cert).raw).digest();
    const wire = await Wire.secure(door.port, sni("ep-open"));
    wire.startup({ user: "alice" });
    expect(await wire.prove("npg_correct12345", { mechanism: "SCRAM-SHA-256-PLUS", channel: endPoint })).toBe("in");
    const between = await Wire.secure(door.port, sni("ep-open"));
    between.startup({ user: "alice" });
    expect(await between.prove("npg_correct12345", { mechanism: "SCRAM-SHA-256-PLUS", channel: randomBytes(32) })).toBe(
      "ERROR XX000 insecure connection: secure channel data mismatch",
    );
  });

  it.each([
    ["SCRAM-SHA-256", "y,,n=,r=abc", "insecure connection: secure channel data mismatch"],
    ["SCRAM-SHA-256-PLUS", "p=tls-unique,,n=,r=abc", "insecure connection: secure channel data mismatch"],
    ["SCRAM-SHA-256-PLUS", "n,,n=,r=abc", "authentication protocol violation"],
    ["SCRAM-SHA-256", "p=tls-server-end-point,,n=,r=abc", "authentication protocol violation"],
    ["SCRAM-SHA-1", "n,,n=,r=abc", "authentication protocol violation"],
    ["SCRAM-SHA-256", "nonsense", "authentication protocol violation"],
  ])("by %s refuses %j", async (mechanism, first, text) => {
    const wire = await Wire.secure(door.port, sni("ep-open"));
    wire.startup({ user: "alice" });
    await wire.next();
    wire.send(buildSaslInitialResponse(mechanism, first));
    expect(await wire.refusal()).toBe(`ERROR XX000 ${text}`);
  });

  it("refuses a last message that is none, and messages that are no answer", async () => {
    const wire = await Wire.secure(door.port, sni("ep-open"));
    wire.startup({ user: "alice" });
    await wire.next();
    wire.send(buildSaslInitialResponse("SCRAM-SHA-256", "n,,n=,r=abc"));
    await wire.next();
    wire.send(buildSaslResponse("c=biws"));
    expect(await wire.refusal()).toBe("ERROR XX000 authentication protocol violation");
    const eager = await Wire.secure(door.port, sni("ep-open"));
    eager.startup({ user: "alice" });
    await eager.next();
    eager.send(Buffer.from("Q\0\0\0\x0dselect 1\0", "latin1"));
    expect(await eager.refusal()).toBe("ERROR XX000 authentication protocol violation");
    expect(door.backend.wakes).toBe(0);
  });
});

describe("a storm of wrong passwords", () => {
  it("is damped by source: the network is refused before it can try another, also with the right one; others are not", async () => {
    const stormy = await openDoor(() => Promise.reject(new WakeRefusal(QUOTA)), {
      limits: { wrongPasswords: { perSecond: 0.001, burst: 5 } },
    });
    stormy.backend.open("ep-open");
    stormy.backend.verifiers.set("alice", computeVerifier("right"));
    const attempt = async (password: string, localAddress: string) => {
      const wire = await Wire.secure(stormy.port, { ...sni("ep-open"), localAddress });
      wire.startup({ user: "alice" });
      const outcome = await wire.prove(password);
      wire.destroy();
      return outcome;
    };
    for (let attempts = 0; attempts < 5; attempts++)
      expect(await attempt("wrong", "127.0.0.1")).toContain("password authentication failed");
    const tooMany = "ERROR XX000 Too many connections to this endpoint. Please try again later.";
    expect(await attempt("wrong", "127.0.0.1")).toBe(tooMany);
    expect(await attempt("right", "127.0.0.2")).toBe(tooMany);
    expect(await attempt("right", "127.0.1.1")).toBe("in");
    await stormy.stop();
  });

  it("has room, by default, for people who mistype", () => {
    expect(LIMITS.wrongPasswords.burst).toBeGreaterThanOrEqual(20);
  });
});

describe("protocol versions", () => {
  it("later than 3.0 are answered by 3.0, with the parameters that were not understood", async () => {
    const wire = await Wire.secure(door.port, sni("ep-open"));
    wire.startup({ user: "alice", "_pq_.wide": "on", "_pq_.deep": "on" }, (3 << 16) | 2);
    const { type, body } = await wire.next();
    expect(type).toBe("v");
    expect(body).toEqual(Buffer.concat([Buffer.from([0, 3, 0, 0, 0, 0, 0, 2]), Buffer.from("_pq_.wide\0_pq_.deep\0")]));
    expect(await wire.prove("npg_correct12345")).toBe("in");
  });

  it("other than 3 are cut off", async () => {
    const wire = await Wire.secure(door.port, sni("ep-open"));
    wire.startup({ user: "alice" }, 2 << 16);
    expect(await wire.rest()).toHaveLength(0);
    await until("the decision", () => door.backend.last?.reason === "protocol-violation");
  });
});
