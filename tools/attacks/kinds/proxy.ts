import { statSync } from "node:fs";
import { dirname } from "node:path";
import { attacks, type Attack, held, judged, type Outcome, through } from "../attack.js";
import { type Ground, KEYS, type Login } from "../ground.js";
import { asUser, NOBODY, socketOf } from "../sockets.js";
import { dialled, GSS_REQUEST, heard, int32, saslFirst, secured, SSL_REQUEST, startup } from "../raw.js";

const IN = "a session without a password";

const user = ({ victim }: Ground): Record<string, string> => ({ user: victim.owner.role, database: victim.owner.database });
const host = ({ victim }: Ground): string => `${victim.owner.endpointId}.db.localhost`;

/** What the proxy says to these bytes in clear; an admission would say AuthenticationOk (R, 0) and more. */
async function clear(ground: Ground, bytes: (ground: Ground) => Buffer): Promise<Outcome> {
  const socket = await dialled(ground.ready.proxyPort ?? 0);
  socket.write(bytes(ground));
  return told(await heard(socket, asksForPassword));
}

async function secure(ground: Ground, bytes: (ground: Ground) => Buffer, servername?: string): Promise<Outcome> {
  const socket = await secured(ground, servername);
  socket.write(bytes(ground));
  return told(await heard(socket, asksForPassword));
}

const asksForPassword = (text: string): boolean => text.includes("SCRAM-SHA-256\0\0");
const OK = "R\0\0\0\x08\0\0\0\0";

function told(text: string): Outcome {
  if (text.includes(OK)) return through("it was let in");
  return held(
    text === ""
      ? "it was cut off without a word"
      : (/M([^\0]+)\0/.exec(text)?.[1] ?? (asksForPassword(text) ? "it is asked for a password" : JSON.stringify(text.slice(0, 60)))),
  );
}

/** What is answered to who asks for the salt of a role. */
async function salt(ground: Ground, endpointId: string, role: string): Promise<string> {
  const socket = await secured(ground, `${endpointId}.db.localhost`);
  socket.write(startup({ user: role, database: "neondb" }));
  socket.write(saslFirst());
  const text = await heard(socket, (sofar) => /,s=[^,]+,i=\d+/.test(sofar));
  return /s=[^,]+,i=\d+/.exec(text)?.[0] ?? text;
}

const wrong = (login: Login): Login => ({ ...login, password: "wrong-Horse7battery" });
const isStopped = (refusal: string | undefined): boolean => refusal?.startsWith("Too many") === true;
/** Of ten wrong passwords each. The budget comes back at one a second: a machine that takes longer than that for each has no guessing to stop. */
const MOST_TURNS = 100;

const PACKETS: Record<string, (ground: Ground) => Buffer> = {
  "a startup packet in clear": (ground) => startup(user(ground)),
  "GSS and then a startup packet in clear": (ground) => Buffer.concat([GSS_REQUEST, startup(user(ground))]),
  "SSLRequest with a startup packet behind it": (ground) => Buffer.concat([SSL_REQUEST, startup(user(ground))]),
  "SSLRequest twice": () => Buffer.concat([SSL_REQUEST, SSL_REQUEST]),
  "a packet of 4 GiB": () => int32(0xffffffff),
  "a packet longer than Postgres takes": () => Buffer.concat([int32(10_001), Buffer.alloc(10_001, 1)]),
  "a packet shorter than its own length": () => Buffer.concat([int32(7), Buffer.alloc(3)]),
  "a packet of length 0": () => int32(0),
  "an HTTP request": () => Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a cancel request with a made-up key": () => Buffer.concat([int32(16), int32(80877102), int32(1), int32(2)]),
  "a cancel request of odd length": () => Buffer.concat([int32(20), int32(80877102), Buffer.alloc(12)]),
};

const STARTUPS: Record<string, (ground: Ground) => Buffer> = {
  "no name of a user": () => startup({ database: "neondb" }),
  "an empty name of a user": () => startup({ user: "" }),
  "protocol 2": (ground) => startup(user(ground), 2 << 16),
  "protocol 4": (ground) => startup(user(ground), 4 << 16),
  "a user with a line break": () => startup({ user: "neondb_owner\nx" }),
  "a packet without its end": (ground) => startup(user(ground)).subarray(0, -1),
  "replication with somebody else's name": (ground) => startup({ ...user(ground), replication: "true" }),
  "an option that sets the role": (ground) => startup({ ...user(ground), options: "-c role=cloud_admin" }),
  "a role of the plane": (ground) => startup({ ...user(ground), user: "cloud_admin" }),
  "two names of computes in options": (ground) => startup({ ...user(ground), options: "endpoint=a endpoint=b" }),
};

export const proxy: Attack[] = attacks("proxy", [
  ...Object.entries(PACKETS).map(([name, bytes]) => ({ name, gain: IN, tried: (ground: Ground) => clear(ground, bytes) })),
  ...Object.entries(STARTUPS).map(([name, bytes]) => ({ name, gain: IN, tried: (ground: Ground) => secure(ground, bytes, host(ground)) })),
  ...["db.localhost", "localhost", "x.y.db.localhost", "..db.localhost"].map((servername) => ({
    name: `the name ${servername} in TLS`,
    gain: "a compute that nobody named",
    tried: (ground: Ground) => secure(ground, (each) => startup(user(each)), servername),
  })),
  {
    name: "a name in TLS of no compute",
    gain: "a compute that nobody named",
    tried: (ground) => secure(ground, (each) => startup(user(each)), "ep-no-such-00000000.db.localhost"),
  },
  {
    name: "which roles there are, by their salts",
    gain: "names of roles, to guess passwords for",
    tried: async (ground) => {
      const { endpointId } = ground.victim.owner;
      const asked = await Promise.all(
        ["nobody_there", "nobody_there", "neondb_owner", "neondb_owner"].map((role) => salt(ground, endpointId, role)),
      );
      const isSteady = asked[0] === asked[1] && asked[2] === asked[3];
      const sameShape = asked.every((each) => /^s=[A-Za-z0-9+/]{22}==,i=4096$/.test(each));
      return judged(isSteady && sameShape, "unknown roles have a steady salt like known ones", asked.join(" "));
    },
  },
  {
    name: "which roles there are, by what a wrong password is told",
    gain: "names of roles, to guess passwords for",
    tried: async (ground) => {
      const [known, unknown] = await Promise.all(
        ["neondb_owner", "nobody_there"].map((role) => ground.refusal({ ...wrong(ground.victim.owner), role })),
      );
      const alike = known?.replace("neondb_owner", "X") === unknown?.replace("nobody_there", "X");
      return judged(alike, "the same words for both", `${known ?? "in"} / ${unknown ?? "in"}`);
    },
  },
  {
    name: "which roles a copy of a protected branch has, by the salts of both",
    gain: "names of roles, to guess passwords for",
    tried: async (ground) => {
      const parent = await ground.project(KEYS.attackers, { name: "salts" });
      await ground.ok("PATCH", `/projects/${parent.projectId}/branches/${parent.branchId}`, { branch: { protected: true } });
      const child = await ground.branch(parent, { parent_id: parent.branchId });
      const sameFor = async (role: string) =>
        (await salt(ground, parent.owner.endpointId, role)) === (await salt(ground, child.owner.endpointId, role));
      const [known, unknown] = [await sameFor("neondb_owner"), await sameFor("nobody_there")];
      return judged(
        known === unknown,
        "unknown roles change their salt as known ones do",
        `known same: ${known}, unknown same: ${unknown}`,
      );
    },
  },
  {
    name: "wrong passwords at one's own compute, to lock a neighbour out",
    gain: "nobody of the same network gets in",
    tried: async (ground) => {
      // Until it is stopped: how many that takes goes by the time it takes.
      let own: string | undefined;
      for (let turn = 0; turn < MOST_TURNS && !isStopped(own); turn++)
        own = (await Promise.all(Array.from({ length: 10 }, () => ground.refusal(wrong(ground.tenant.owner))))).find(isStopped);
      const neighbour = await ground.refusal(ground.victim.owner);
      if (neighbour !== undefined) return through(`the neighbour is told: ${neighbour}`);
      return judged(
        isStopped(own),
        "the neighbour gets in; who guesses is stopped",
        `guessing goes on after ${MOST_TURNS * 10} wrong passwords`,
      );
    },
  },
  {
    name: "Postgres' sockets, past the proxy",
    gain: "a session past the allowlist and the log",
    tried: sockets,
  },
  {
    name: "the socket of private endpoints, as somebody else of this machine",
    gain: "any private endpoint's name",
    tried: async (ground) => {
      const path = ground.ready.privateSocket ?? "";
      if ((statSync(dirname(path)).mode & 0o077) !== 0) return through(`${dirname(path)} is open`);
      const answer = await asUser(path, NOBODY);
      return judged(/EACCES/.test(answer), "its folder is closed to others", answer);
    },
  },
  {
    name: "a private endpoint's header at the public port, from a loopback address",
    gain: "a session past the allowlist",
    tried: (ground) => clear(ground, () => Buffer.concat([privateHeader(), SSL_REQUEST])),
  },
  {
    name: "a network that the allowlist does not have, with the right password",
    gain: "a session past the allowlist",
    tried: async (ground) => {
      const place = await ground.project(KEYS.attackers, { name: "listed", settings: { allowed_ips: { ips: ["203.0.113.7"] } } });
      const [right, guessed] = [await ground.refusal(place.owner), await ground.refusal(wrong(place.owner))];
      return judged(right !== undefined && right === guessed, right ?? "", "it was let in, or told whether the password was right");
    },
  },
]);

/** PROXY v2, of a connection from 10.0.0.1 through a private endpoint of AWS. */
function privateHeader(): Buffer {
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
async function sockets(ground: Ground): Promise<Outcome> {
  const path = await socketOf(ground, ground.victim);
  if ((statSync(dirname(path)).mode & 0o077) !== 0) return through(`${dirname(path)} is open`);
  const answer = await asUser(path, NOBODY);
  return judged(/EACCES/.test(answer), "its folder is closed to others", answer);
}
