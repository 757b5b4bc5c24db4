import type { PalisadeError } from "../../../contract/errors.js";
import { isPalisadeError } from "../../../contract/errors.js";
import { RateLimiter } from "../../../provider/client/rateLimiter.js";
import { createTransport } from "../../../provider/client/transport.js";
import { type Answer, httpDouble, type HttpDouble } from "../../support/httpDouble.js";

const KEY = "napi_plantedplantedplanted1234567890";
const LIMITS = { attempt: 2_000, unreachable: 60, retry: 400, firstPause: 5, longestPause: 20 };

let double: HttpDouble | undefined;
afterEach(() => double?.close());

async function call(
  answers: Answer[],
  {
    method = "GET",
    path = "/projects/quiet-lake-12345678",
    limits = LIMITS,
    signal,
  }: { method?: string; path?: string; limits?: typeof LIMITS; signal?: AbortSignal } = {},
) {
  double = await httpDouble(answers);
  const send = createTransport({ apiKey: KEY, limiter: new RateLimiter(), limits, signal });
  return send(new Request(double.url + path, { method, ...(method === "GET" || method === "DELETE" ? {} : { body: '{"a":1}' }) }));
}

const failure = (work: Promise<unknown>): Promise<PalisadeError> =>
  work.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: unknown) => {
      if (!isPalisadeError(error)) throw error;
      return error;
    },
  );

const general = (message = "no", code = "") => ({ request_id: "r", code, message });

describe("an answer", () => {
  it("comes back whole, and the key went out once, in the header", async () => {
    const answer = await call([{ body: { project: { id: "p" } } }]);
    expect(await answer.json()).toEqual({ project: { id: "p" } });
    expect(double?.requests).toMatchObject([{ line: "GET /projects/quiet-lake-12345678", headers: { authorization: `Bearer ${KEY}` } }]);
  });

  it.each([
    [401, "PAL_KEY_REFUSED"],
    [403, "PAL_FORBIDDEN"],
    [404, "PAL_NOT_FOUND"],
    [409, "PAL_CONFLICT"],
    [400, "PAL_REFUSED"],
    [422, "PAL_REFUSED"],
  ])("with status %d in the API's shape is %s, with the words and the request id of the API", async (status, code) => {
    const error = await failure(call([{ status, body: general("branch is protected", "SOME_CODE") }]));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/SOME_CODE "branch is protected" \(request req-1\)/);
    expect(double?.requests).toHaveLength(1);
  });

  it.each([
    ["a proxy's page", { status: 404, text: "<html>not found</html>", headers: { "content-type": "text/html" } }],
    ["JSON of another service", { status: 404, body: { error: "not found" } }],
    ["an empty body", { status: 404, text: "" }],
    ["a page with 200", { status: 200, text: "<html>welcome</html>", headers: { "content-type": "text/html" } }],
    ["a redirect, which would carry the key elsewhere", { status: 302, headers: { location: "http://127.0.0.1:9/" }, text: "" }],
  ] as [string, Answer][])("that is %s proves nothing", async (_, answer) => {
    expect((await failure(call([answer]))).code).toBe("PAL_NOT_THE_API");
    expect(double?.requests).toHaveLength(1);
  });

  it.each([
    [403, "private networking is not allowed for this organization"],
    [403, "consumption history is not available in the plan of this organization"],
    [400, "allowed IPs limit exceeded; max: 0"],
    [422, "branches limit exceeded"],
  ])("with status %d that says %j is a limit of the plan, and asks for no other key", async (status, message) => {
    const error = await failure(call([{ status, body: general(message) }]));
    expect(error.code).toBe("PAL_PLAN_LIMIT");
    expect(error.remedy).not.toMatch(/Use a key/);
  });

  it.each([
    ["/projects/x", true],
    ["/api/v2/projects/x", false],
  ])("of something else at %s names a missing /api/v2: %s", async (path, named) => {
    const error = await failure(call([{ status: 404, text: "<html>" }], { path }));
    expect(error.message.includes("no /api/v2 at its end")).toBe(named);
  });

  it("never shows the key, even when the server repeats it", async () => {
    const error = await failure(call([{ status: 422, body: general(`bad key ${KEY}`) }]));
    expect(error.message).not.toContain("plantedplanted");
  });
});

describe("what may be repeated", () => {
  it.each([423, 429, 503])("%d is repeated, for a POST too, until it goes through", async (status) => {
    await call([{ status, body: general() }, { status, body: general() }, { body: {} }], { method: "POST" });
    expect(double?.requests.map(({ line, body }) => [line.split(" ")[0], body])).toEqual(Array(3).fill(["POST", '{"a":1}']));
  });

  it("waits as long as Retry-After says", async () => {
    const started = Date.now();
    await call([{ status: 429, headers: { "retry-after": "1" }, body: general() }, { body: {} }], { limits: { ...LIMITS, retry: 5_000 } });
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
  });

  it.each([
    [423, "PAL_BUSY"],
    [429, "PAL_RATE_LIMITED"],
  ])("%d for ever ends at the limit as %s", async (status, code) => {
    expect((await failure(call([{ status, body: general() }]))).code).toBe(code);
    expect(double?.requests.length).toBeGreaterThan(2);
  });

  it.each(["GET", "PATCH", "PUT", "DELETE"])("a %s is sent again after 500 and after a cut connection", async (method) => {
    await call([{ status: 500, body: general() }, "cut", { body: {} }], { method });
    expect(double?.requests).toHaveLength(3);
  });

  it.each([
    ["a cut connection", "cut"],
    ["500", { status: 500, body: general() }],
    ["a gateway's 502", { status: 502, text: "bad gateway" }],
    ["a gateway's 503, which is not the API's own", { status: 503, text: "unavailable" }],
  ] as [string, Answer][])("a POST is sent once when its answer is lost by %s", async (_, answer) => {
    expect((await failure(call([answer], { method: "POST" }))).code).toBe("PAL_ANSWER_LOST");
    expect(double?.requests).toHaveLength(1);
  });

  it("an API that is not there is waited for a bounded time, then said in one sentence", async () => {
    const closed = await httpDouble([]);
    await closed.close();
    const send = createTransport({ apiKey: KEY, limiter: new RateLimiter(), limits: LIMITS });
    const error = await failure(send(new Request(`${closed.url}/projects`, { method: "POST", body: "{}" })));
    expect(error.code).toBe("PAL_UNREACHABLE");
    expect(error.message).toMatch(
      /^The control API cannot be reached: POST \/projects at 127\.0\.0\.1:\d+: ECONNREFUSED\. Check that it runs/,
    );
  });

  it("a cancelled wait ends at once and says what it waited for", async () => {
    const stop = new AbortController();
    const waiting = failure(
      call([{ status: 423, body: general() }], {
        limits: { ...LIMITS, retry: 60_000, firstPause: 30_000, longestPause: 30_000 },
        signal: stop.signal,
      }),
    );
    setImmediate(() => {
      stop.abort();
    });
    expect((await waiting).code).toMatch(/PAL_CANCELLED/);
  });
});
