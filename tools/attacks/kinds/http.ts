import { defineAttacks, type Attack, reportHeld, reportOutcome, type Outcome, reportThrough } from "../attack.js";
import { type AttackTarget, KEYS } from "../attackTarget.js";
import { connectToPort, readUntilClosed, sendHttpRequest } from "../rawConnections.js";

const ANY = "calls without a key";
const PAGE = "a web page that reads what the plane answers";

const bearer = `Authorization: Bearer ${KEYS.attackers}`;
const getHost = ({ ready }: AttackTarget): string => new URL(ready.apiUrl).host;

/** Held when it is neither done nor a fault of the plane. */
const judgeResponse = ({ status, text }: { status: number; text: string }): Outcome =>
  status >= 400 && status < 500
    ? reportHeld(`${status} ${/"message":"([^"]*)"/.exec(text)?.[1] ?? ""}`)
    : reportThrough(`${status} ${text.slice(0, 80)}`);

const buildUnauthorisedAttack = (name: string, headers: string) => ({
  name,
  gain: ANY,
  attempt: async (target: AttackTarget) =>
    judgeResponse(
      await sendHttpRequest(target, `GET /api/v2/projects HTTP/1.1\nHost: ${getHost(target)}\n${headers}Connection: close\n\n`),
    ),
});

const buildMalformedAttack = (name: string, gain: string, request: (host: string) => string) => ({
  name,
  gain,
  attempt: async (target: AttackTarget) => judgeResponse(await sendHttpRequest(target, request(getHost(target)))),
});

/** What a browser sends along, and must not be allowed to read. */
const buildPageAttack = (name: string, headers: Record<string, string>) => ({
  name,
  gain: PAGE,
  attempt: async (target: AttackTarget) => {
    const answer = await target.call("GET", "/projects", undefined, KEYS.attackers, headers);
    const allowed = [...answer.headers].filter(([header]) => header.startsWith("access-control-"));
    return reportOutcome(allowed.length === 0, `${answer.status}, and no page is allowed to read it`, JSON.stringify(allowed));
  },
});

export const httpAttacks: Attack[] = defineAttacks("http", [
  buildUnauthorisedAttack("no key", ""),
  buildUnauthorisedAttack("an empty key", "Authorization: Bearer \n"),
  buildUnauthorisedAttack("a key that nobody has", "Authorization: Bearer napi_nobody\n"),
  buildUnauthorisedAttack("Basic in the place of Bearer", "Authorization: Basic YTpi\n"),
  buildUnauthorisedAttack("the key's beginning", `${bearer.slice(0, -4)}\n`),
  buildUnauthorisedAttack("the key in a cookie", `Cookie: key=${KEYS.attackers}\n`),
  {
    name: "the key in the query",
    gain: "keys in logs and histories of browsers",
    attempt: async (target) =>
      judgeResponse(
        await sendHttpRequest(
          target,
          `GET /api/v2/projects?api_key=${KEYS.attackers} HTTP/1.1\nHost: ${getHost(target)}\nConnection: close\n\n`,
        ),
      ),
  },
  {
    name: "the test hooks of a plane that has none",
    gain: "faults and the clock",
    attempt: async (target) =>
      judgeResponse(
        await sendHttpRequest(
          target,
          `POST /api/v2/x-palisade/test/clock HTTP/1.1\nHost: ${getHost(target)}\n${bearer}\nContent-Length: 2\nConnection: close\n\n{}`,
        ),
      ),
  },
  buildPageAttack("a page of another origin", { origin: "https://evil.example" }),
  buildPageAttack("a page without origin", { origin: "null" }),
  {
    name: "a preflight of another origin",
    gain: PAGE,
    attempt: async (target) => {
      const headers = `Origin: https://evil.example\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: authorization`;
      const { text, status } = await sendHttpRequest(
        target,
        `OPTIONS /api/v2/projects HTTP/1.1\nHost: ${getHost(target)}\n${headers}\nConnection: close\n\n`,
      );
      return reportOutcome(!/access-control-allow/i.test(text), `${status}, and nothing is allowed`, text.slice(0, 200));
    },
  },
  ...["evil.example", "evil.example:80", "attacker.localtest.me", "169.254.169.254"].map((host) => ({
    name: `the host ${host}: a name that DNS leads here`,
    gain: "a page that speaks to the plane as its own origin",
    attempt: async (target: AttackTarget) =>
      judgeResponse(await sendHttpRequest(target, `GET /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nConnection: close\n\n`)),
  })),
  buildMalformedAttack(
    "a body larger than 1 MiB",
    "memory",
    (host) =>
      `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 2000000\nConnection: close\n\n${"x".repeat(1_100_000)}`,
  ),
  buildMalformedAttack(
    "JSON nested very deep",
    "the stack",
    (host) =>
      `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 200000\nConnection: close\n\n${"[".repeat(200_000)}`,
  ),
  buildMalformedAttack(
    "JSON with __proto__",
    "properties of every object",
    (host) =>
      `POST /api/v2/projects/x/branches HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 30\nConnection: close\n\n{"__proto__":{"isAdmin":true}}`,
  ),
  buildMalformedAttack(
    "headers of 100 kB",
    "memory",
    (host) => `GET /api/v2/projects HTTP/1.1\nHost: ${host}\nX-Long: ${"x".repeat(100_000)}\nConnection: close\n\n`,
  ),
  buildMalformedAttack(
    "two lengths of one body",
    "a second request hidden in the first",
    (host) => `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 2\nContent-Length: 3\nConnection: close\n\n{}`,
  ),
  buildMalformedAttack(
    "a length and chunks",
    "a second request hidden in the first",
    (host) =>
      `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 4\nTransfer-Encoding: chunked\nConnection: close\n\n0\n\n`,
  ),
  buildMalformedAttack(
    "a method of one's own",
    ANY,
    (host) => `STEAL /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nConnection: close\n\n`,
  ),
  buildMalformedAttack("no HTTP", ANY, () => "\u0016\u0003\u0001 hello\n\n"),
  {
    name: "a line break in the request id",
    gain: "headers and lines of a log of one's own",
    attempt: async (target) => {
      const { headers } = await target.call("GET", "/projects", undefined, KEYS.attackers, { "x-request-id": "a b;c=d\te" });
      const id = headers.get("x-request-id") ?? "";
      return reportOutcome(/^[A-Za-z0-9._:-]+$/.test(id), `the plane gives its own: ${id}`, id);
    },
  },
  {
    name: "a body that never comes",
    gain: "the plane waits, and others with it",
    attempt: async (target) => {
      const socket = await connectToPort(Number(new URL(target.ready.apiUrl).port));
      socket.write(`POST /api/v2/projects HTTP/1.1\r\nHost: ${getHost(target)}\r\n${bearer}\r\nContent-Length: 100\r\n\r\n{`);
      const { status } = await target.call("GET", "/projects");
      socket.destroy();
      await readUntilClosed(socket);
      return reportOutcome(status === 200, "others are answered meanwhile", String(status));
    },
  },
  {
    name: "100 idle connections",
    gain: "nobody else is answered",
    attempt: async (target) => {
      const port = Number(new URL(target.ready.apiUrl).port);
      const sockets = await Promise.all(Array.from({ length: 100 }, () => connectToPort(port)));
      const { status } = await target.call("GET", "/projects");
      for (const socket of sockets) socket.destroy();
      return reportOutcome(status === 200, "others are answered meanwhile", String(status));
    },
  },
]);
