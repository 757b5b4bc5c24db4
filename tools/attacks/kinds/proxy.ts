import { statSync } from "node:fs";
import { dirname } from "node:path";
import { defineAttacks, type Attack, reportHeld, reportOutcome, type Outcome, reportThrough } from "../attack.js";
import { type AttackTarget, KEYS, type Login } from "../attackTarget.js";
import { connectAsUser, NOBODY, readSocketPath } from "../sockets.js";
import {
  connectToPort,
  GSS_REQUEST,
  readUntilClosed,
  encodeInt32,
  buildSaslInitialResponse,
  connectWithTls,
  SSL_REQUEST,
  buildStartupPacket,
} from "../rawConnections.js";

const IN = "a session without a password";

const getStartupParameters = ({ victim }: AttackTarget): Record<string, string> => ({
  user: victim.owner.role,
  database: victim.owner.database,
});
const getHost = ({ victim }: AttackTarget): string => `${victim.owner.endpointId}.db.localhost`;

/** What the proxy says to these bytes in clear; an admission would say AuthenticationOk (R, 0) and more. */
async function sendInClear(target: AttackTarget, bytes: (target: AttackTarget) => Buffer): Promise<Outcome> {
  const socket = await connectToPort(target.ready.proxyPort ?? 0);
  socket.write(bytes(target));
  return judgeReply(await readUntilClosed(socket, isPasswordRequest));
}

async function sendInTls(target: AttackTarget, bytes: (target: AttackTarget) => Buffer, servername?: string): Promise<Outcome> {
  const socket = await connectWithTls(target, servername);
  socket.write(bytes(target));
  return judgeReply(await readUntilClosed(socket, isPasswordRequest));
}

const isPasswordRequest = (text: string): boolean => text.includes("SCRAM-SHA-256\0\0");
const OK = "R\0\0\0\x08\0\0\0\0";

function judgeReply(text: string): Outcome {
  if (text.includes(OK)) return reportThrough("it was admitted");
  return reportHeld(
    text === ""
      ? "the connection was closed without an answer"
      : (/M([^\0]+)\0/.exec(text)?.[1] ?? (isPasswordRequest(text) ? "it is asked for a password" : JSON.stringify(text.slice(0, 60)))),
  );
}

/** What is answered to who asks for the salt of a role. */
async function requestSalt(target: AttackTarget, endpointId: string, role: string): Promise<string> {
  const socket = await connectWithTls(target, `${endpointId}.db.localhost`);
  socket.write(buildStartupPacket({ user: role, database: "neondb" }));
  socket.write(buildSaslInitialResponse());
  const text = await readUntilClosed(socket, (sofar) => /,s=[^,]+,i=\d+/.test(sofar));
  return /s=[^,]+,i=\d+/.exec(text)?.[0] ?? text;
}

const withWrongPassword = (login: Login): Login => ({ ...login, password: "wrong-Horse7battery" });
const isStopped = (refusal: string | undefined): boolean => refusal?.startsWith("Too many") === true;
/** Of ten wrong passwords each. The budget comes back at one a second: a machine that takes longer than that for each has no guessing to stop. */
const MOST_TURNS = 100;

const PACKETS: Record<string, (target: AttackTarget) => Buffer> = {
  "a startup packet in clear": (target) => buildStartupPacket(getStartupParameters(target)),
  "GSS and then a startup packet in clear": (target) => Buffer.concat([GSS_REQUEST, buildStartupPacket(getStartupParameters(target))]),
  "SSLRequest with a startup packet behind it": (target) => Buffer.concat([SSL_REQUEST, buildStartupPacket(getStartupParameters(target))]),
  "SSLRequest twice": () => Buffer.concat([SSL_REQUEST, SSL_REQUEST]),
  "a packet of 4 GiB": () => encodeInt32(0xffffffff),
  "a packet longer than Postgres takes": () => Buffer.concat([encodeInt32(10_001), Buffer.alloc(10_001, 1)]),
  "a packet shorter than its own length": () => Buffer.concat([encodeInt32(7), Buffer.alloc(3)]),
  "a packet of length 0": () => encodeInt32(0),
  "an HTTP request": () => Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a cancel request with a made-up key": () => Buffer.concat([encodeInt32(16), encodeInt32(80877102), encodeInt32(1), encodeInt32(2)]),
  "a cancel request of odd length": () => Buffer.concat([encodeInt32(20), encodeInt32(80877102), Buffer.alloc(12)]),
};

const STARTUPS: Record<string, (target: AttackTarget) => Buffer> = {
  "no name of a user": () => buildStartupPacket({ database: "neondb" }),
  "an empty name of a user": () => buildStartupPacket({ user: "" }),
  "protocol 2": (target) => buildStartupPacket(getStartupParameters(target), 2 << 16),
  "protocol 4": (target) => buildStartupPacket(getStartupParameters(target), 4 << 16),
  "a user with a line break": () => buildStartupPacket({ user: "neondb_owner\nx" }),
  "a packet without its end": (target) => buildStartupPacket(getStartupParameters(target)).subarray(0, -1),
  "replication with somebody else's name": (target) => buildStartupPacket({ ...getStartupParameters(target), replication: "true" }),
  "an option that sets the role": (target) => buildStartupPacket({ ...getStartupParameters(target), options: "-c role=cloud_admin" }),
  "a role of the plane": (target) => buildStartupPacket({ ...getStartupParameters(target), user: "cloud_admin" }),
  "two names of computes in options": (target) => buildStartupPacket({ ...getStartupParameters(target), options: "endpoint=a endpoint=b" }),
};

export const proxy: Attack[] = defineAttacks("proxy", [
  ...Object.entries(PACKETS).map(([name, bytes]) => ({ name, gain: IN, attempt: (target: AttackTarget) => sendInClear(target, bytes) })),
  ...Object.entries(STARTUPS).map(([name, bytes]) => ({
    name,
    gain: IN,
    attempt: (target: AttackTarget) => sendInTls(target, bytes, getHost(target)),
  })),
  ...["db.localhost", "localhost", "x.y.db.localhost", "..db.localhost"].map((servername) => ({
    name: `the name ${servername} in TLS`,
    gain: "a compute that nobody named",
    attempt: (target: AttackTarget) => sendInTls(target, (each) => buildStartupPacket(getStartupParameters(each)), servername),
  })),
  {
    name: "a name in TLS of no compute",
    gain: "a compute that nobody named",
    attempt: (target) => sendInTls(target, (each) => buildStartupPacket(getStartupParameters(each)), "ep-no-such-00000000.db.localhost"),
  },
  {
    name: "which roles there are, by their salts",
    gain: "names of roles, to guess passwords for",
    attempt: async (target) => {
      const { endpointId } = target.victim.owner;
      const asked = await Promise.all(
        ["nobody_there", "nobody_there", "neondb_owner", "neondb_owner"].map((role) => requestSalt(target, endpointId, role)),
      );
      const isSteady = asked[0] === asked[1] && asked[2] === asked[3];
      const sameShape = asked.every((each) => /^s=[A-Za-z0-9+/]{22}==,i=4096$/.test(each));
      return reportOutcome(isSteady && sameShape, "unknown roles have a steady salt like known ones", asked.join(" "));
    },
  },
  {
    name: "which roles there are, by what a wrong password is told",
    gain: "names of roles, to guess passwords for",
    attempt: async (target) => {
      const [known, unknown] = await Promise.all(
        ["neondb_owner", "nobody_there"].map((role) => target.findRefusal({ ...withWrongPassword(target.victim.owner), role })),
      );
      const alike = known?.replace("neondb_owner", "X") === unknown?.replace("nobody_there", "X");
      return reportOutcome(alike, "the same words for both", `${known ?? "in"} / ${unknown ?? "in"}`);
    },
  },
  {
    name: "which roles a copy of a protected branch has, by the salts of both",
    gain: "names of roles, to guess passwords for",
    attempt: async (target) => {
      const parent = await target.createProject(KEYS.attackers, { name: "salts" });
      await target.callOrThrow("PATCH", `/projects/${parent.projectId}/branches/${parent.branchId}`, { branch: { protected: true } });
      const child = await target.createBranch(parent, { parent_id: parent.branchId });
      const sameFor = async (role: string) =>
        (await requestSalt(target, parent.owner.endpointId, role)) === (await requestSalt(target, child.owner.endpointId, role));
      const [known, unknown] = [await sameFor("neondb_owner"), await sameFor("nobody_there")];
      return reportOutcome(
        known === unknown,
        "unknown roles change their salt as known ones do",
        `known same: ${known}, unknown same: ${unknown}`,
      );
    },
  },
  {
    name: "wrong passwords at one's own compute, to lock a neighbour out",
    gain: "nobody of the same network gets in",
    attempt: async (target) => {
      // Until it is stopped: how many that takes goes by the time it takes.
      let own: string | undefined;
      for (let turn = 0; turn < MOST_TURNS && !isStopped(own); turn++)
        own = (await Promise.all(Array.from({ length: 10 }, () => target.findRefusal(withWrongPassword(target.tenant.owner))))).find(
          isStopped,
        );
      const neighbour = await target.findRefusal(target.victim.owner);
      if (neighbour !== undefined) return reportThrough(`the neighbour is told: ${neighbour}`);
      return reportOutcome(
        isStopped(own),
        "the neighbour gets in; who guesses is stopped",
        `guessing goes on after ${MOST_TURNS * 10} wrong passwords`,
      );
    },
  },
  {
    name: "Postgres' sockets, past the proxy",
    gain: "a session past the allowlist and the log",
    attempt: trySockets,
  },
  {
    name: "the socket of private endpoints, as somebody else of this machine",
    gain: "any private endpoint's name",
    attempt: async (target) => {
      const path = target.ready.privateSocket ?? "";
      if ((statSync(dirname(path)).mode & 0o077) !== 0) return reportThrough(`${dirname(path)} is open`);
      const answer = await connectAsUser(path, NOBODY);
      return reportOutcome(/EACCES/.test(answer), "its folder is closed to others", answer);
    },
  },
  {
    name: "a private endpoint's header at the public port, from a loopback address",
    gain: "a session past the allowlist",
    attempt: (target) => sendInClear(target, () => Buffer.concat([buildPrivateHeader(), SSL_REQUEST])),
  },
  {
    name: "a network that the allowlist does not have, with the right password",
    gain: "a session past the allowlist",
    attempt: async (target) => {
      const place = await target.createProject(KEYS.attackers, { name: "listed", settings: { allowed_ips: { ips: ["203.0.113.7"] } } });
      const [right, guessed] = [await target.findRefusal(place.owner), await target.findRefusal(withWrongPassword(place.owner))];
      return reportOutcome(
        right !== undefined && right === guessed,
        right ?? "",
        "it was admitted, or learned whether the password was right",
      );
    },
  },
]);

/** PROXY v2, of a connection from 10.0.0.1 through a private endpoint of AWS. */
function buildPrivateHeader(): Buffer {
  const id = Buffer.from("vpce-0a1b2c3d4e5f60001");
  const field = Buffer.concat([Buffer.from([0xea, 0, id.length + 1, 1]), id]);
  const addresses = Buffer.from([10, 0, 0, 1, 10, 0, 0, 2, 0x10, 0, 0x15, 0x38]);
  const head = Buffer.concat([
    Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"),
    Buffer.from([0x21, 0x11, 0, addresses.length + field.length]),
  ]);
  return Buffer.concat([head, addresses, field]);
}

/** Where Postgres says that they are: who is neither its user nor the plane's does not enter. */
async function trySockets(target: AttackTarget): Promise<Outcome> {
  const path = await readSocketPath(target, target.victim);
  if ((statSync(dirname(path)).mode & 0o077) !== 0) return reportThrough(`${dirname(path)} is open`);
  const answer = await connectAsUser(path, NOBODY);
  return reportOutcome(/EACCES/.test(answer), "its folder is closed to others", answer);
}
