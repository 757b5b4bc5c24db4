import { connect } from "node:net";
import { CreatedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { ApiReader } from "../../../control-plane/console/apiReader.js";
import { MAX_WAITING, Turns } from "../../../control-plane/console/turns.js";
import { sharedPlane } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { ask, LIVE, open, originOf, signIn, textOf } from "./client.js";

/** A page is made of many readings, one after the other: what happens between two of them, and who waits for whom. */
const plane = sharedPlane({
  seed: {
    projects: [
      { name: "shop", id: "shop-00000001" },
      { name: "desk", id: "desk-00000001" },
    ],
    users: [{ name: "Mia", email: "mia@example.com", role: "admin" }],
    keys: [
      { kind: "personal", name: "mia", user: "Mia", key: "napi_mia" },
      { kind: "organisation", name: "own", key: "napi_own" },
    ],
  },
});
const PAGES = ["/", "/console/projects/shop-00000001", "/console/decisions", "/console/audit"];

/** Every reading of a page, as the plane makes it: told before it begins, and held up for as long as `before` takes. */
function watchReadings(before: (reading: number) => unknown): () => number {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the reader it is read from
  const { read } = ApiReader.prototype;
  let readings = 0;
  jest.spyOn(ApiReader.prototype, "read").mockImplementation(async function (this: ApiReader, ...asked) {
    await before(readings++);
    return read.apply(this, asked);
  });
  return () => readings;
}
afterEach(() => {
  jest.restoreAllMocks();
});

/** The page, with something done before one of its readings. */
async function openInterrupted(cookie: string, path: string, at: number, act: () => Promise<unknown>) {
  const count = watchReadings((reading) => (reading === at ? act() : undefined));
  const answer = await open(plane, cookie, path);
  jest.restoreAllMocks();
  return { ...answer, readings: count() };
}

describe("what happens between two readings of a page", () => {
  it.each(PAGES)("%s of a session that ends is not given out, whenever that is, and however", async (path) => {
    const ends: [string, (id: number, cookie: string) => Promise<unknown>][] = [
      ["revoked", (id) => plane.api.call("DELETE", `/api_keys/${id}`)],
      ["signed out", (_, cookie) => ask(plane, "/console/sign-out", { method: "POST", headers: { cookie, origin: originOf(plane) } })],
    ];
    for (const [how, end] of ends)
      for (let at = 0; ; at++) {
        const { id, key } = await plane.api.ok(CreatedApiKey, "POST", "/api_keys", { key_name: `key ${how} ${at}` });
        const cookie = await signIn(plane, key);
        const answer = await openInterrupted(cookie, path, at, () => end(id, cookie));
        // Behind the last reading there is nothing to interrupt.
        if (answer.readings <= at) break;
        expect([how, at, answer.status]).toEqual([how, at, 401]);
        expect(textOf(answer.body)).not.toMatch(/shop|Head of the chain|Newest/);
      }
  });

  it("a key that is revoked while its page waits for its turn stays revoked", async () => {
    const { id, key } = await plane.api.ok(CreatedApiKey, "POST", "/api_keys", { key_name: "waits" });
    const cookie = await signIn(plane, key);
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 120 });
    let second: ReturnType<typeof open> | undefined;
    const first = await openInterrupted(cookie, "/", 0, async () => {
      second = open(plane, cookie, "/?second");
      await ask(plane, "/?third", { headers: LIVE });
      await plane.api.call("DELETE", `/api_keys/${id}`);
    });
    expect([first.status, (await second)?.status]).toEqual([401, 401]);
    expect((await plane.api.withKey(key).call("GET", "/users/me")).status).toBe(401);
  });

  it("a project that goes takes its own row with it, and no other", async () => {
    const cookie = await signIn(plane, "napi_mia");
    const { readings } = await openInterrupted(cookie, "/", -1, () => Promise.resolve());
    for (let at = 1; at < readings; at++) {
      const { project } = await plane.api.project({ name: `short-${at}` });
      const { status, body } = await openInterrupted(cookie, "/", at, () => plane.api.call("DELETE", `/projects/${project.id}`));
      expect([at, status]).toEqual([at, 200]);
      for (const id of ["shop-00000001", "desk-00000001"]) expect(body).toContain(id);
    }
  });

  it("a branch that goes takes no page of its project with it", async () => {
    const cookie = await signIn(plane, "napi_mia");
    for (let at = 1; at < 6; at++) {
      const made = await plane.api.call("POST", "/projects/shop-00000001/branches", { branch: { name: `short-${at}` } });
      const { id } = (made.body as { branch: { id: string } }).branch;
      await plane.api.settled("shop-00000001");
      const path = `/console/projects/shop-00000001?branch=${id}`;
      const { status, body } = await openInterrupted(cookie, path, at, () =>
        plane.api.call("DELETE", `/projects/shop-00000001/branches/${id}`),
      );
      // A page that names the branch is none where it has gone before its branches are read.
      expect([at, status]).toEqual([at, at === 1 ? 404 : 200]);
      if (status === 200) expect(body).toContain("main");
      await plane.api.settled("shop-00000001");
    }
  });
});

describe("pages that are asked for at once", () => {
  it("are made one after the other for one owner, and some are refused; others do not wait for them", async () => {
    const [many, other] = [await signIn(plane, "napi_mia"), await signIn(plane, "napi_own")];
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((done) => (letGo = done));
    const count = watchReadings((reading) => (reading === 0 ? held : undefined));
    const asked = Array.from({ length: MAX_WAITING + 6 }, (_, at) => open(plane, many, `/?${at}`));
    await until("the first of them reads", () => count() === 1);
    expect((await open(plane, other, "/")).status).toBe(200);
    expect((await plane.api.call("GET", "/users/me")).status).toBe(200);
    letGo();
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(({ status, headers }) => [status, headers["retry-after"]])).toEqual(Array.from({ length: 5 }, () => [503, "2"]));
    expect(textOf(refused[0]?.body ?? "")).toContain("Too many pages at once");
    expect((await open(plane, many, "/")).status).toBe(200);
  });

  it("are not made for who has gone", async () => {
    const cookie = await signIn(plane, "napi_mia");
    let gone: () => void = () => undefined;
    const isGone = new Promise<void>((done) => (gone = done));
    const count = watchReadings((reading) => (reading === 0 ? isGone : undefined));
    const { hostname, port, host } = new URL(plane.ready.apiUrl);
    const sockets = Array.from({ length: 10 }, () => {
      const socket = connect(Number(port), hostname).on("error", () => undefined);
      socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\naccept: text/html\r\ncookie: ${cookie}\r\n\r\n`);
      return socket;
    });
    await until("the first page begins", () => count() === 1);
    for (const socket of sockets) socket.destroy();
    await plane.api.call("GET", "/users/me");
    gone();
    expect((await open(plane, cookie, "/")).status).toBe(200);
    const all = count();
    jest.restoreAllMocks();
    const { readings } = await openInterrupted(cookie, "/", -1, () => Promise.resolve());
    // That of whoever came afterwards, and a first reading of those of whom the plane had not yet seen that they were gone; not eleven pages.
    expect(readings).toBeGreaterThan(5);
    expect(all).toBeLessThan(2 * readings + sockets.length);
  });
});

it("turns are forgotten when nobody waits, whatever came of them", async () => {
  const turns = new Turns();
  const order: number[] = [];
  const works = [1, 2, 3].map((number) =>
    turns.take("one", () => {
      order.push(number);
      return number === 2 ? Promise.reject(new Error("no")) : Promise.resolve(number);
    }),
  );
  expect(turns.size).toBe(1);
  expect((await Promise.allSettled(works)).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect([order, turns.size]).toEqual([[1, 2, 3], 0]);
});

it("none of this was an error of the plane", () => {
  expect(plane.logged.filter(({ level }) => level === "error")).toEqual([]);
});
