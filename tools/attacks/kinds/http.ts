import { attacks, type Attack, held, judged, type Outcome, through } from "../attack.js";
import { type Ground, KEYS } from "../ground.js";
import { dialled, heard, http } from "../raw.js";

const ANY = "calls without a key";
const PAGE = "a web page that reads what the plane answers";

const bearer = `Authorization: Bearer ${KEYS.attackers}`;
const hostOf = ({ ready }: Ground): string => new URL(ready.apiUrl).host;

/** Held when it is neither done nor a fault of the plane. */
const refused = ({ status, text }: { status: number; text: string }): Outcome =>
  status >= 400 && status < 500
    ? held(`${status} ${/"message":"([^"]*)"/.exec(text)?.[1] ?? ""}`)
    : through(`${status} ${text.slice(0, 80)}`);

const unauthorised = (name: string, headers: string) => ({
  name,
  gain: ANY,
  tried: async (ground: Ground) =>
    refused(await http(ground, `GET /api/v2/projects HTTP/1.1\nHost: ${hostOf(ground)}\n${headers}Connection: close\n\n`)),
});

const malformed = (name: string, gain: string, request: (host: string) => string) => ({
  name,
  gain,
  tried: async (ground: Ground) => refused(await http(ground, request(hostOf(ground)))),
});

/** What a browser sends along, and must not be allowed to read. */
const page = (name: string, headers: Record<string, string>) => ({
  name,
  gain: PAGE,
  tried: async (ground: Ground) => {
    const answer = await ground.call("GET", "/projects", undefined, KEYS.attackers, headers);
    const allowed = [...answer.headers].filter(([header]) => header.startsWith("access-control-"));
    return judged(allowed.length === 0, `${answer.status}, and no page is allowed to read it`, JSON.stringify(allowed));
  },
});

export const httpAttacks: Attack[] = attacks("http", [
  unauthorised("no key", ""),
  unauthorised("an empty key", "Authorization: Bearer \n"),
  unauthorised("a key that nobody has", "Authorization: Bearer napi_nobody\n"),
  unauthorised("Basic in the place of Bearer", "Authorization: Basic YTpi\n"),
  unauthorised("the key's beginning", `${bearer.slice(0, -4)}\n`),
  unauthorised("the key in a cookie", `Cookie: key=${KEYS.attackers}\n`),
  {
    name: "the key in the query",
    gain: "keys in logs and histories of browsers",
    tried: async (ground) =>
      refused(
        await http(ground, `GET /api/v2/projects?api_key=${KEYS.attackers} HTTP/1.1\nHost: ${hostOf(ground)}\nConnection: close\n\n`),
      ),
  },
  {
    name: "the test hooks of a plane that has none",
    gain: "faults and the clock",
    tried: async (ground) =>
      refused(
        await http(
          ground,
          `POST /api/v2/x-palisade/test/clock HTTP/1.1\nHost: ${hostOf(ground)}\n${bearer}\nContent-Length: 2\nConnection: close\n\n{}`,
        ),
      ),
  },
  page("a page of another origin", { origin: "https://evil.example" }),
  page("a page without origin", { origin: "null" }),
  {
    name: "a preflight of another origin",
    gain: PAGE,
    tried: async (ground) => {
      const headers = `Origin: https://evil.example\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: authorization`;
      const { text, status } = await http(
        ground,
        `OPTIONS /api/v2/projects HTTP/1.1\nHost: ${hostOf(ground)}\n${headers}\nConnection: close\n\n`,
      );
      return judged(!/access-control-allow/i.test(text), `${status}, and nothing is allowed`, text.slice(0, 200));
    },
  },
  ...["evil.example", "evil.example:80", "attacker.localtest.me", "169.254.169.254"].map((host) => ({
    name: `the host ${host}: a name that DNS leads here`,
    gain: "a page that speaks to the plane as its own origin",
    tried: async (ground: Ground) =>
      refused(await http(ground, `GET /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nConnection: close\n\n`)),
  })),
  malformed(
    "a body larger than 1 MiB",
    "memory",
    (host) =>
      `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 2000000\nConnection: close\n\n${"x".repeat(1_100_000)}`,
  ),
  malformed(
    "JSON nested very deep",
    "the stack",
    (host) =>
      `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 200000\nConnection: close\n\n${"[".repeat(200_000)}`,
  ),
  malformed(
    "JSON with __proto__",
    "properties of every object",
    (host) =>
      `POST /api/v2/projects/x/branches HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 30\nConnection: close\n\n{"__proto__":{"isAdmin":true}}`,
  ),
  malformed(
    "headers of 100 kB",
    "memory",
    (host) => `GET /api/v2/projects HTTP/1.1\nHost: ${host}\nX-Long: ${"x".repeat(100_000)}\nConnection: close\n\n`,
  ),
  malformed(
    "two lengths of one body",
    "a second request hidden in the first",
    (host) => `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 2\nContent-Length: 3\nConnection: close\n\n{}`,
  ),
  malformed(
    "a length and chunks",
    "a second request hidden in the first",
    (host) =>
      `POST /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nContent-Length: 4\nTransfer-Encoding: chunked\nConnection: close\n\n0\n\n`,
  ),
  malformed("a method of one's own", ANY, (host) => `STEAL /api/v2/projects HTTP/1.1\nHost: ${host}\n${bearer}\nConnection: close\n\n`),
  malformed("no HTTP", ANY, () => "\u0016\u0003\u0001 hello\n\n"),
  {
    name: "a line break in the request id",
    gain: "headers and lines of a log of one's own",
    tried: async (ground) => {
      const { headers } = await ground.call("GET", "/projects", undefined, KEYS.attackers, { "x-request-id": "a b;c=d\te" });
      const id = headers.get("x-request-id") ?? "";
      return judged(/^[A-Za-z0-9._:-]+$/.test(id), `the plane gives its own: ${id}`, id);
    },
  },
  {
    name: "a body that never comes",
    gain: "the plane waits, and others with it",
    tried: async (ground) => {
      const socket = await dialled(Number(new URL(ground.ready.apiUrl).port));
      socket.write(`POST /api/v2/projects HTTP/1.1\r\nHost: ${hostOf(ground)}\r\n${bearer}\r\nContent-Length: 100\r\n\r\n{`);
      const { status } = await ground.call("GET", "/projects");
      socket.destroy();
      await heard(socket);
      return judged(status === 200, "others are answered meanwhile", String(status));
    },
  },
  {
    name: "100 idle connections",
    gain: "nobody else is answered",
    tried: async (ground) => {
      const port = Number(new URL(ground.ready.apiUrl).port);
      const sockets = await Promise.all(Array.from({ length: 100 }, () => dialled(port)));
      const { status } = await ground.call("GET", "/projects");
      for (const socket of sockets) socket.destroy();
      return judged(status === 200, "others are answered meanwhile", String(status));
    },
  },
]);
