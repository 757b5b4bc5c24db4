import { createHash } from "node:crypto";
import { connect } from "node:net";
import { once } from "node:events";
import { sharedPlane } from "../../support/plane.js";
import { ask, cookieOf, LIVE, open, originOf, sendKey, signIn, textOf } from "./client.js";

/** What of the console is no page: headers, methods, hosts, and who may ask. */
const plane = sharedPlane({ seed: { projects: [{ name: "shop", id: "shop-00000001" }] } });
const PAGES = ["/", "/console/projects/shop-00000001", "/console/decisions", "/console/audit"];
let cookie: string;
beforeAll(async () => {
  cookie = await signIn(plane, plane.ready.apiKey);
});

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("every answer", () => {
  const answers: [string, () => ReturnType<typeof ask>][] = [
    ...PAGES.map((path): [string, () => ReturnType<typeof ask>] => [path, () => open(plane, cookie, path)]),
    ["the sign-in page", () => ask(plane, "/")],
    ["a wrong key", () => sendKey(plane, "napi_wrong")],
    ["a sign-in", () => sendKey(plane, plane.ready.apiKey)],
    ["no page", () => open(plane, cookie, "/console/none")],
    ["a foreign page", () => open(plane, cookie, "/", { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" })],
    ["a foreign host", () => ask(plane, "/", { headers: { host: "rebound.example" } })],
    ["a body of another type", () => sendKey(plane, "x", { "content-type": "application/json" })],
    ["nothing new", async () => open(plane, cookie, "/", { "if-none-match": String((await open(plane, cookie, "/")).headers["etag"]) })],
  ];

  it.each(answers)("has the headers that keep it where it is: %s", async (_, get) => {
    const { headers } = await get();
    expect(headers).toMatchObject(HEADERS);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it.each(PAGES)("allows its own style and script by digest, and has no other: %s", async (path) => {
    const { body, headers } = await open(plane, cookie, path);
    const [style, script] = [/<style>([^]*?)<\/style>/.exec(body)?.[1] ?? "", /<script>([^]*?)<\/script>/.exec(body)?.[1] ?? ""];
    expect(headers["content-security-policy"]).toContain(`style-src ${digest(style)}; script-src ${digest(script)};`);
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).not.toMatch(/<[^>]+\s(?:on\w+|style)=|(?:src|href|action)="(?:https?:)?\/\//i);
  });
});

describe("who is told what", () => {
  it.each([undefined, "*/*", "application/json"])("at / a client that accepts %s gets the API's own 404", async (accept) => {
    const { status, headers, body } = await ask(plane, "/", { headers: { accept: accept ?? "" } });
    expect(status).toBe(404);
    expect(headers["content-type"]).toContain("application/json");
    expect(JSON.parse(body)).toMatchObject({ code: "", message: "this route does not exist" });
    expect(headers["x-neon-ret-request-id"]).toBe((JSON.parse(body) as { request_id: string }).request_id);
  });

  it.each(["*", "/#", "/?x", "/?x#y", "http://127.0.0.1/", "http://evil.example/?x"])(
    "and so it does where it spells / as %s, signed in or not",
    async (path) => {
      for (const headers of [{ accept: "*/*" }, { accept: "*/*", cookie }])
        expect(await ask(plane, path, { headers })).toMatchObject({
          status: 404,
          body: expect.stringContaining("route does not exist") as string,
        });
      expect((await ask(plane, path)).headers).toMatchObject(HEADERS);
    },
  );

  it("at / an SDK at a foreign host gets the API's own 421", async () => {
    const { status, headers } = await ask(plane, "/", { headers: { accept: "*/*", host: "rebound.example" } });
    expect([status, headers["content-type"]]).toEqual([421, expect.stringContaining("application/json")]);
  });

  it.each([
    "rebound.example",
    "localhost.example",
    "192.0.2.1",
    "127.0.0.1.example:80",
    "localhost.",
    "evillocalhost",
    "rebound.example/.localhost",
    "rebound.example#.localhost",
    "rebound.example\\.localhost",
    "a@x.localhost",
    ".localhost",
    "a..localhost",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
    "127.1",
    "localhost, rebound.example",
  ])("host %s is refused, signed in or not", async (host) => {
    const { status, body } = await ask(plane, "/console/audit", { headers: { host, cookie } });
    expect(status).toBe(421);
    expect(body).not.toContain("shop");
  });

  it("pages of one who is not signed in lead to the sign-in, whether they are there or not", async () => {
    for (const path of [...PAGES.slice(1), "/console", "/console/none", "/console/projects/none-00000001"]) {
      const { status, headers, body } = await ask(plane, path);
      expect([path, status, headers["location"], body]).toEqual([path, 303, "/", ""]);
      expect((await ask(plane, path, { headers: LIVE })).status).toBe(401);
    }
  });

  it.each([
    "//console/audit",
    "/console//audit",
    "/console/../console/audit",
    "/%63onsole/audit/x",
    "/console/projects/..%2faudit",
    "/.%2e/console/audit",
  ])("%s is no way to a page", async (path) => {
    const { status, body } = await open(plane, cookie, path);
    expect([404, 400]).toContain(status);
    expect(body).not.toContain("Head of the chain");
  });

  it.each(["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])("%s is no method of any page", async (method) => {
    for (const path of [...PAGES, "/console/sign-in"]) {
      const { status, headers } = await ask(plane, path, { method, headers: { cookie, origin: originOf(plane) } });
      expect([400, 404]).toContain(status);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  it("HEAD is GET without the page", async () => {
    const { status, body, headers } = await ask(plane, "/console/audit", { method: "HEAD", headers: { cookie } });
    expect([status, body]).toEqual([200, ""]);
    expect(headers).toMatchObject(HEADERS);
    expect((await ask(plane, "/console/audit", { method: "HEAD" })).status).toBe(303);
  });

  it("a parameter that the console does not make is named", async () => {
    for (const path of [
      "/console/audit?before=x",
      "/console/audit?before=-1",
      "/console/decisions?before=1e9",
      "/console/projects/shop-00000001?roles=1.5",
    ]) {
      const { status, body } = await open(plane, cookie, path);
      expect([path, status]).toEqual([path, 400]);
      expect(body).toMatch(/parameter (?:before|roles) in the address/);
    }
    expect((await open(plane, cookie, "/?cursor=x")).status).toBe(400);
  });
});

describe("a page of somebody else", () => {
  const FOREIGN: [string, Record<string, string>][] = [
    ["of another site", { origin: "http://evil.example", "sec-fetch-site": "cross-site" }],
    ["of another port", { origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-site" }],
    ["of another name of this machine", { origin: "http://localhost:3000" }],
    ["without an origin of its own", { origin: "null" }],
    ["that says where it comes from alone", { "sec-fetch-site": "cross-site" }],
    ["of an old browser, by a lie about its port", { origin: "http://127.0.0.1" }],
    ["by https", { origin: "https://127.0.0.1" }],
    ["that says nothing", {}],
  ];

  it.each(FOREIGN)("%s signs nobody in and nobody out", async (_, headers) => {
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ key: plane.ready.apiKey }).toString();
    for (const path of ["/console/sign-in", "/console/sign-out"]) {
      const reply = await ask(plane, path, { method: "POST", headers: { ...type, cookie, ...headers }, body });
      expect(reply.status).toBe(403);
      expect(reply.headers["set-cookie"]).toBeUndefined();
    }
    expect((await open(plane, cookie, "/")).body).toContain("Sign out");
  });

  it.each([
    ["cross-site", "no-cors", "image"],
    ["same-site", "cors", "empty"],
    ["same-site", "no-cors", "script"],
    ["same-site", "navigate", "iframe"],
    ["same-origin", "navigate", "iframe"],
    ["same-origin", "no-cors", "script"],
    ["same-site", "navigate", "object"],
  ])("%s gets no page by %s as %s", async (site, mode, destination) => {
    const headers = { "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": destination };
    for (const path of PAGES) {
      const { status, body } = await open(plane, cookie, path, headers);
      expect(status).toBe(403);
      expect(body).not.toContain("shop");
    }
  });

  it("leads a person here by a link", async () => {
    const headers = { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect((await open(plane, cookie, "/", headers)).status).toBe(200);
  });
});

describe("forms", () => {
  it("that are larger than a key are refused", async () => {
    const { status, body } = await sendKey(plane, "x".repeat(5_000));
    expect([status, textOf(body)]).toEqual([413, expect.stringContaining("The form has more than 4096 bytes, and a key is shorter.")]);
  });

  it("of another type, and without a key, are refused", async () => {
    expect((await sendKey(plane, "x", { "content-type": "application/json" })).status).toBe(400);
    expect((await sendKey(plane, "")).status).toBe(401);
    const twice = await ask(plane, "/console/sign-in", {
      method: "POST",
      headers: { origin: originOf(plane), "content-type": "application/x-www-form-urlencoded" },
      body: `key=no&key=${plane.ready.apiKey}`,
    });
    expect(twice.status).toBe(401);
  });

  it("that never come whole are cut off", async () => {
    const { hostname, port, host } = new URL(plane.ready.apiUrl);
    const socket = connect(Number(port), hostname);
    const lines = [
      "POST /console/sign-in HTTP/1.1",
      `host: ${host}`,
      `origin: http://${host}`,
      "content-type: application/x-www-form-urlencoded",
    ];
    socket.write([...lines, "content-length: 100", "", "key="].join("\r\n"));
    const began = performance.now();
    socket.resume();
    socket.on("error", () => undefined);
    await once(socket, "close");
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("are taken with blanks around the key, as it is pasted", async () => {
    expect(cookieOf(await sendKey(plane, ` ${plane.ready.apiKey}\r\n`))).toMatch(/^palisade_console_\d+=[A-Za-z0-9_-]{43}$/);
  });

  it("have the key in no address", async () => {
    expect((await ask(plane, `/console/sign-in?key=${plane.ready.apiKey}`, { method: "GET", headers: {} })).status).toBe(303);
    expect((await ask(plane, `/?key=${plane.ready.apiKey}`)).headers["set-cookie"]).toBeUndefined();
  });
});

it("none of this was an error of the plane", () => {
  expect(plane.logged.filter(({ level }) => level === "error")).toEqual([]);
});
