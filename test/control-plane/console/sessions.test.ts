import { Sessions, IDLE_MS, LIFETIME_MS, MAX_SESSIONS, MAX_SESSIONS_PER_OWNER } from "../../../control-plane/console/sessions.js";
import type { Actor } from "../../../control-plane/api/actor.js";
import { hashKey } from "../../../control-plane/idGenerator.js";
import type { Store } from "../../../control-plane/store/store.js";
import { CreatedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { sharedPlane } from "../../support/plane.js";
import { ask, cookieOf, LIVE, open, originOf, sendKey, signIn, textOf } from "./client.js";

/** Who is signed in, for how long, and what that opens. */
const plane = sharedPlane({
  seed: {
    projects: [{ name: "shop", id: "shop-00000001" }],
    users: [{ name: "Mia", email: "mia@example.com", role: "admin" }],
    keys: [{ kind: "personal", name: "mia", user: "Mia", key: "napi_mia" }],
  },
});
const advance = (seconds: number) => plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: seconds });
const isSignedIn = async (cookie: string, headers = {}) => (await open(plane, cookie, "/", headers)).body.includes("Sign out");

describe("the cookie", () => {
  it("is for this host and this plane, out of reach of scripts and other sites, and fresh each time", async () => {
    const replies = [await sendKey(plane, plane.ready.apiKey), await sendKey(plane, plane.ready.apiKey)];
    const { port } = new URL(plane.ready.apiUrl);
    for (const { status, headers, body } of replies) {
      expect([status, headers["location"], body]).toEqual([303, "/", ""]);
      expect(headers["set-cookie"]).toEqual([
        expect.stringMatching(new RegExp(`^palisade_console_${port}=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict$`)),
      ]);
    }
    expect(new Set(replies.map(cookieOf)).size).toBe(2);
  });

  it("opens nothing of the API, as a cookie or as a key", async () => {
    const cookie = await signIn(plane, plane.ready.apiKey);
    const [, token = ""] = cookie.split("=");
    for (const headers of [{ cookie }, { authorization: `Bearer ${token}` }, { authorization: `Bearer ${cookie}` }])
      for (const [method, path] of [
        ["GET", "/api/v2/projects"],
        ["GET", "/api/v2/users/me"],
        ["DELETE", "/api/v2/projects/shop-00000001"],
        ["GET", "/api/v2/x-palisade/openapi.json"],
      ] as const)
        expect((await ask(plane, path, { method, headers })).status).toBe(401);
    expect((await sendKey(plane, token)).status).toBe(401);
  });

  it("that was planted before is never that of a session: another is given, and the former ends", async () => {
    const planted = `${cookieOf(await sendKey(plane, plane.ready.apiKey)).split("=")[0] ?? ""}=${"A".repeat(43)}`;
    const reply = await sendKey(plane, plane.ready.apiKey, { cookie: planted });
    expect(cookieOf(reply)).not.toBe(planted);
    expect(await isSignedIn(planted)).toBe(false);
    const next = await sendKey(plane, "napi_mia", { cookie: cookieOf(reply) });
    expect([await isSignedIn(cookieOf(reply)), await isSignedIn(cookieOf(next))]).toEqual([false, true]);
  });

  it("counts as none where there are two of its name, and where it is of another port", async () => {
    const cookie = await signIn(plane, plane.ready.apiKey);
    const [name = "", token = ""] = cookie.split("=");
    expect(await isSignedIn(`a=b; ${cookie}; c=d`)).toBe(true);
    for (const bad of [
      `${cookie}; ${name}=${"A".repeat(43)}`,
      `${cookie}; ${cookie}`,
      `palisade_console_1=${token}`,
      `${name}=${token}A`,
      `${name}=`,
      `x${cookie}`,
    ])
      expect([bad, await isSignedIn(bad)]).toEqual([bad, false]);
  });
});

describe("a session", () => {
  it("ends at sign-out, on the plane and in the browser", async () => {
    const cookie = await signIn(plane, plane.ready.apiKey);
    const reply = await ask(plane, "/console/sign-out", { method: "POST", headers: { cookie, origin: originOf(plane) } });
    expect([reply.status, reply.headers["location"]]).toEqual([303, "/"]);
    expect(reply.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^palisade_console_\d+=; Path=\/; HttpOnly; SameSite=Strict; Max-Age=0$/),
    ]);
    expect(await isSignedIn(cookie)).toBe(false);
  });

  it("ends when nobody has opened a page for half an hour, whatever the page has fetched by itself", async () => {
    const [opened, fetched] = [await signIn(plane, plane.ready.apiKey), await signIn(plane, plane.ready.apiKey)];
    for (let minutes = 0; minutes < 40; minutes += 20) {
      await advance(1_199);
      expect(await isSignedIn(opened)).toBe(true);
      const { status } = await open(plane, fetched, "/", LIVE);
      expect(status).toBe(minutes === 0 ? 200 : 401);
    }
  });

  it("ends after eight hours, whatever is done in it", async () => {
    const cookie = await signIn(plane, plane.ready.apiKey);
    for (let minutes = 20; minutes < 480; minutes += 20) {
      await advance(1_200);
      expect(await isSignedIn(cookie)).toBe(true);
    }
    await advance(1_200);
    expect(await isSignedIn(cookie)).toBe(false);
  });

  it("ends at once when its key is revoked, and another key does not take its place", async () => {
    const { id, key } = await plane.api.ok(CreatedApiKey, "POST", "/api_keys", { key_name: "short" });
    const cookie = await signIn(plane, key);
    expect(await isSignedIn(cookie)).toBe(true);
    await plane.api.call("DELETE", `/api_keys/${id}`);
    expect(await isSignedIn(cookie)).toBe(false);
    expect((await open(plane, cookie, "/console/audit", LIVE)).status).toBe(401);
  });

  it("shows no more than its key's owner may now", async () => {
    const cookie = await signIn(plane, "napi_mia");
    expect((await open(plane, cookie, "/console/audit")).status).toBe(200);
    const { members } = (await plane.api.call("GET", `/organizations/${plane.ready.orgId}/members`)).body as {
      members: { member: { id: string }; user: { email: string } }[];
    };
    const path = `/organizations/${plane.ready.orgId}/members/${members.find(({ user }) => user.email === "mia@example.com")?.member.id ?? ""}`;
    expect((await plane.api.call("PATCH", path, { role: "member" })).status).toBe(200);
    const refused = await open(plane, cookie, "/console/audit");
    expect([refused.status, textOf(refused.body)]).toEqual([
      403,
      expect.stringContaining("This call needs an administrator of the organization."),
    ]);
    expect((await open(plane, cookie, "/")).body).toContain("shop-00000001");
    expect((await plane.api.call("DELETE", path)).status).toBe(200);
    for (const page of ["/", "/console/projects/shop-00000001", "/console/decisions", "/console/audit"])
      expect((await open(plane, cookie, page)).body).not.toContain("shop");
  });
});

describe("a wrong key", () => {
  it("is told so, and after ten of them, from wherever, none is looked at, the right one neither; who is signed in goes on", async () => {
    await advance(3_600);
    const cookie = await signIn(plane, plane.ready.apiKey);
    for (let tries = 0; tries < 10; tries++) {
      // Of the addresses by which one process of this machine may come.
      const { status, headers, body } = await sendKey(plane, `napi_wrong${tries}`, {}, `127.0.${tries}.1`);
      expect([status, headers["set-cookie"]]).toEqual([401, undefined]);
      expect(textOf(body)).toContain("This is no key of this plane.");
      expect(body).not.toContain("napi_wrong");
    }
    for (const key of ["napi_wrong", plane.ready.apiKey]) {
      const { status, headers } = await sendKey(plane, key);
      expect([status, headers["retry-after"], headers["set-cookie"]]).toEqual([429, "6", undefined]);
    }
    expect(await isSignedIn(cookie)).toBe(true);
    expect((await plane.api.call("GET", "/users/me")).status).toBe(200);
    await advance(6);
    expect((await sendKey(plane, plane.ready.apiKey)).status).toBe(303);
  });

  it("is in no log, and neither is a right one", () => {
    const text = JSON.stringify(plane.logged);
    expect(text).toContain("console-key-refused");
    expect(text).toContain("console-signed-in");
    expect(text).not.toMatch(/napi_|palisade_console/);
  });
});

describe("the memory of sessions", () => {
  const store = { watch: () => undefined, transact: () => actorOf("any") } as unknown as Store;
  const actorOf = (account: string) => ({ kind: "organization", key: { id: 1 }, orgId: account }) as unknown as Actor;
  const clock = { ms: 0, now: () => clock.ms };

  it("is bounded for an owner of keys and for all, and the first to begin is the first to go", () => {
    const sessions = new Sessions(store, clock);
    const own = Array.from({ length: MAX_SESSIONS_PER_OWNER + 1 }, () => sessions.start(actorOf("one"), "key"));
    expect(sessions.size).toBe(MAX_SESSIONS_PER_OWNER);
    expect(own.map((token) => sessions.find(token, true) !== undefined)).toEqual([false, ...own.slice(1).map(() => true)]);
    for (let other = 0; other < 2 * MAX_SESSIONS; other++) sessions.start(actorOf(`other-${other}`), "key");
    expect(sessions.size).toBe(MAX_SESSIONS);
  });

  it("is taken from who has most of it: nobody ends the sessions of others by beginning many", () => {
    const sessions = new Sessions(store, clock);
    const ofProject = (projectId: string) => ({ kind: "project", key: { id: 2 }, orgId: "one", projectId }) as unknown as Actor;
    const victims = [sessions.start(actorOf("one"), "key"), sessions.start(actorOf("two"), "key")];
    for (let project = 0; project < MAX_SESSIONS / MAX_SESSIONS_PER_OWNER + 2; project++)
      for (let own = 0; own <= MAX_SESSIONS_PER_OWNER; own++) sessions.start(ofProject(`project-${project}`), "key");
    expect(sessions.size).toBe(MAX_SESSIONS);
    expect(victims.map((token) => sessions.find(token, true) !== undefined)).toEqual([true, true]);
  });

  it("has no token in it, and lets go of what has ended", () => {
    const sessions = new Sessions(store, clock);
    const token = sessions.start(actorOf("one"), "napi_key");
    const kept = JSON.stringify([...(sessions as unknown as { sessions: Map<string, unknown> }).sessions]);
    expect(kept).not.toContain(token);
    expect(kept).not.toContain("napi_key");
    expect(kept).toContain(hashKey(token));
    clock.ms += IDLE_MS;
    sessions.start(actorOf("two"), "key");
    expect(sessions.size).toBe(1);
    expect(LIFETIME_MS).toBeGreaterThan(IDLE_MS);
  });

  it("remembers a page as long as nothing has changed, and few of them", () => {
    const sessions = new Sessions(store, clock);
    const token = sessions.start(actorOf("one"), "key");
    const find = () => sessions.find(token, true);
    find()?.rememberView("/", { state: "1", etag: "a" });
    expect([find()?.findView("/", "1"), find()?.findView("/", "2"), find()?.findView("/x", "1")]).toEqual(["a", undefined, undefined]);
    for (let page = 0; page < 16; page++) find()?.rememberView(`/${page}`, { state: "1", etag: "a" });
    expect(find()?.findView("/", "1")).toBeUndefined();
  });
});
