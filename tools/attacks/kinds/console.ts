import { ATTACKERS, type AttackTarget, KEYS } from "../attackTarget.js";
import { type Attack, defineAttacks, type Outcome, reportOutcome } from "../attack.js";
import { sendHttpRequest } from "../rawConnections.js";

const SESSION = "a session of the attacker's choice in somebody else's browser";
const READ = "what somebody else's session reads";
const BEYOND = "pages that the key does not open";
const TYPE = "Content-Type: application/x-www-form-urlencoded";

const getHost = ({ ready }: AttackTarget): string => new URL(ready.apiUrl).host;

interface Asked {
  readonly method?: "GET" | "POST";
  readonly host?: string;
  /** Lines of the head. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

const askConsole = (target: AttackTarget, path: string, { method = "GET", host = getHost(target), headers = [], body = "" }: Asked = {}) =>
  sendHttpRequest(
    target,
    [
      `${method} ${path} HTTP/1.1`,
      `Host: ${host}`,
      "Accept: text/html",
      "Connection: close",
      `Content-Length: ${body.length}`,
      ...headers,
      "",
      body,
    ].join("\n"),
  );

const sendKey = (target: AttackTarget, key: string, headers: readonly string[]) =>
  askConsole(target, "/console/sign-in", { method: "POST", headers: [TYPE, ...headers], body: `key=${key}` });

/** The cookie of a session. @throws where there is none: then nothing is tried */
async function signIn(target: AttackTarget, key: string): Promise<string> {
  const { text } = await sendKey(target, key, [`Origin: http://${getHost(target)}`]);
  const [, cookie] = /^set-cookie: ([^;\r\n]+)/im.exec(text) ?? [];
  if (cookie === undefined) throw new Error(`nobody is signed in: ${text.slice(0, 60)}`);
  return cookie;
}

const judgeRefused = ({ status, text }: { status: number; text: string }, secret: RegExp): Outcome =>
  reportOutcome(status >= 400 && status < 500 && !/^set-cookie:/im.test(text) && !secret.test(text), String(status), text.slice(0, 120));

const buildForeignForm = (path: "/console/sign-in" | "/console/sign-out", name: string, headers: readonly string[]) => ({
  name: `${path === "/console/sign-in" ? "a sign-in" : "a sign-out"} by ${name}`,
  gain: path === "/console/sign-in" ? SESSION : "an end of somebody else's session",
  attempt: async (target: AttackTarget) => {
    const cookie = await signIn(target, KEYS.victims);
    const form = { method: "POST", headers: [TYPE, `Cookie: ${cookie}`, ...headers], body: `key=${KEYS.attackers}` } as const;
    const outcome = judgeRefused(await askConsole(target, path, form), /Set-Cookie/i);
    const { text } = await askConsole(target, "/", { headers: [`Cookie: ${cookie}`] });
    return "held" in outcome
      ? reportOutcome(text.includes("Sign out"), "refused, and the session goes on", "the session has ended")
      : outcome;
  },
});

const buildForeignRead = (name: string, headers: readonly string[]) => ({
  name: `a page of another port, ${name}`,
  gain: READ,
  attempt: async (target: AttackTarget) => {
    const cookie = await signIn(target, KEYS.victims);
    return judgeRefused(await askConsole(target, "/", { headers: [`Cookie: ${cookie}`, ...headers] }), /Victims/);
  },
});

const buildBeyond = (name: string, key: string, getPath: (target: AttackTarget) => string, secret: (target: AttackTarget) => RegExp) => ({
  name,
  gain: BEYOND,
  attempt: async (target: AttackTarget) => {
    const cookie = await signIn(target, key);
    return judgeRefused(await askConsole(target, getPath(target), { headers: [`Cookie: ${cookie}`] }), secret(target));
  },
});

const OTHER_PORT = "Sec-Fetch-Site: same-site";

export const consoleAttacks: Attack[] = defineAttacks("console", [
  ...(["/console/sign-in", "/console/sign-out"] as const).flatMap((path) => [
    buildForeignForm(path, "a page of another site", ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"]),
    buildForeignForm(path, "a page of another port of this host", ["Origin: http://127.0.0.1:3000", OTHER_PORT]),
    buildForeignForm(path, "a page in a sandbox", ["Origin: null"]),
    buildForeignForm(path, "whoever says nothing of where it comes from", []),
  ]),
  buildForeignRead("by fetch", [OTHER_PORT, "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"]),
  buildForeignRead("as a script", [OTHER_PORT, "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"]),
  buildForeignRead("in a frame", [OTHER_PORT, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"]),
  ...[
    ["a name that DNS leads here", "evil.example"],
    ["such a name that ends as our own do", "evil.example/.localhost"],
  ].map(([name = "", host = ""]) => ({
    name: `${name}, with a cookie`,
    gain: READ,
    attempt: async (target: AttackTarget) => {
      const headers = [`Cookie: ${await signIn(target, KEYS.victims)}`];
      return judgeRefused(await askConsole(target, "/", { host, headers }), /Victims/);
    },
  })),
  ...["cookie", "key"].map((as) => ({
    name: `a session as a ${as} of the API`,
    gain: "calls that change something",
    attempt: async (target: AttackTarget) => {
      const cookie = await signIn(target, KEYS.victims);
      const header = as === "cookie" ? `Cookie: ${cookie}` : `Authorization: Bearer ${cookie.split("=")[1] ?? ""}`;
      return judgeRefused(await askConsole(target, "/api/v2/projects", { headers: [header] }), /"projects"/);
    },
  })),
  {
    name: "a cookie planted before the sign-in",
    gain: SESSION,
    attempt: async (target) => {
      const [name = ""] = (await signIn(target, KEYS.attackers)).split("=");
      const planted = `${name}=${"A".repeat(43)}`;
      const headers = [`Origin: http://${getHost(target)}`, `Cookie: ${planted}`];
      const { text } = await sendKey(target, KEYS.victims, headers);
      const after = await askConsole(target, "/", { headers: [`Cookie: ${planted}`] });
      return reportOutcome(!text.includes(planted) && !after.text.includes("Victims"), "another is given", "the planted one is signed in");
    },
  },
  {
    name: "a second cookie of the same name",
    gain: SESSION,
    attempt: async (target) => {
      const [own, planted] = [await signIn(target, KEYS.victims), await signIn(target, KEYS.attackers)];
      const { text } = await askConsole(target, "/", { headers: [`Cookie: ${planted}; ${own}`] });
      return reportOutcome(!/Attackers|Victims/.test(text), "neither counts", "one of them is taken");
    },
  },
  {
    name: "the key in the address",
    gain: "keys in histories of browsers",
    attempt: async (target) => {
      const { text } = await askConsole(target, `/?key=${KEYS.victims}`);
      return reportOutcome(!/^set-cookie:|Victims/im.test(text), "it is not looked at", "it signs in");
    },
  },
  buildBeyond(
    "the project of others",
    KEYS.attackers,
    ({ victim }) => `/console/projects/${victim.projectId}`,
    ({ victim }) => new RegExp(victim.branchId),
  ),
  buildBeyond(
    "the audit of others",
    KEYS.attackers,
    () => "/console/audit?org=org-victims-one-000000001",
    () => /Head of the chain/,
  ),
  buildBeyond(
    "the decisions of others",
    KEYS.attackers,
    () => "/console/decisions?org=org-victims-one-000000001",
    () => /Newest first/,
  ),
  buildBeyond(
    "the audit, by one who only looks",
    KEYS.viewer,
    () => "/console/audit",
    () => /Head of the chain/,
  ),
  buildBeyond(
    "a page by dots in its path",
    KEYS.attackers,
    () => "/console/projects/..%2faudit",
    () => /Head of the chain/,
  ),
  {
    name: "markup in the name of a project",
    gain: "code in the browser of whoever looks",
    attempt: async (target) => {
      const name = "</main><script>alert(1)</script><img src=x onerror=alert(2)>";
      const { status } = await target.call("PATCH", `/projects/${target.tenant.projectId}`, { project: { name } }, KEYS.attackers);
      if (status !== 200) throw new Error(`the project has no such name: ${status}`);
      const { text } = await askConsole(target, "/", { headers: [`Cookie: ${await signIn(target, KEYS.attackers)}`] });
      return reportOutcome(text.includes("&lt;/main&gt;&lt;script&gt;") && !/<script>alert|<img/.test(text), "it is text", "it is markup");
    },
  },
  {
    name: "a name of a project that looks like another's",
    gain: "a look at one project that is taken for another",
    attempt: async (target) => {
      const name = "shop\u3164\u034f\u200b";
      const { status } = await target.call("PATCH", `/projects/${target.tenant.projectId}`, { project: { name } }, KEYS.attackers);
      if (status !== 200) throw new Error(`the project has no such name: ${status}`);
      const { text } = await askConsole(target, "/", { headers: [`Cookie: ${await signIn(target, KEYS.attackers)}`] });
      return reportOutcome(text.includes("shop\\u{3164}\\u{34f}\\u{200b}<"), "what draws nothing is told", "it is not told");
    },
  },
  {
    name: "25 sessions of a key of one project",
    gain: "an end of the sessions of who administers its organisation",
    attempt: async (target) => {
      const body = { key_name: "of one project", project_id: target.tenant.projectId };
      const { status, body: made } = await target.call("POST", `/organizations/${ATTACKERS}/api_keys`, body, KEYS.stranger);
      const { key = "" } = made as { key?: string };
      if (key === "") throw new Error(`no key is made: ${status}`);
      target.secrets.add(key);
      const cookie = await signIn(target, KEYS.attackers);
      for (let sessions = 0; sessions < 25; sessions++) await signIn(target, key);
      const { text } = await askConsole(target, "/", { headers: [`Cookie: ${cookie}`] });
      return reportOutcome(text.includes("Sign out"), "the session goes on", "the session has ended");
    },
  },
  {
    name: "200 wrong keys in a row",
    gain: "a key, by guessing",
    attempt: async (target) => {
      const statuses: number[] = [];
      for (let tries = 0; tries < 200; tries++)
        statuses.push((await sendKey(target, `napi_guess_${tries}`, [`Origin: http://${getHost(target)}`])).status);
      const looked = statuses.filter((status) => status !== 429).length;
      return reportOutcome(
        looked < 30 && statuses.every((status) => status >= 400),
        `${looked} were looked at`,
        `${looked} were looked at`,
      );
    },
  },
]);
