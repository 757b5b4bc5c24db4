import { connect } from "node:net";
import { OrganizationsResponse } from "@palisade/neon/contract/wire/account";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { RateLimiter } from "../../control-plane/api/rateLimit.js";
import { Refusal } from "../../control-plane/domain/refusals.js";
import { sharedPlane, startPlane } from "../support/plane.js";

const plane = sharedPlane();

describe("the API over HTTP", () => {
  test("a client's request id is echoed where it is fit for a log, else replaced", async () => {
    for (const [sent, kept] of [
      ["req-1:a.b_c", true],
      ["x".repeat(129), false],
      ["<script>", false],
    ] as const) {
      const answer = await plane.api.call("GET", "/no/route", undefined, { "x-request-id": sent });
      const id = answer.headers.get("x-request-id");
      expect([id === sent, answer.headers.get("x-neon-ret-request-id"), answer.body]).toEqual([
        ...[kept, id],
        { request_id: id, code: "", message: "this route does not exist" },
      ]);
    }
    const fine = await plane.api.call("GET", "/auth");
    expect(fine.headers.get("x-request-id")).toBe(fine.headers.get("x-neon-ret-request-id"));
  });

  test("what clients really send is taken: empty JSON bodies, other content types, empty cookies", async () => {
    const { project, branch } = await plane.api.project();
    const path = `/projects/${project.id}/branches`;
    expect((await plane.api.call("POST", path)).status).toBe(201);
    await plane.api.settled(project.id);
    expect((await plane.api.call("DELETE", `${path}/br-no-such-a0000000`, "")).status).toBe(204);
    const text = { "content-type": "text/plain", cookie: "zenith=; keycloak_token=" };
    const rename = await plane.api.call("PATCH", `${path}/${branch.id}`, { branch: { name: "renamed" } }, text);
    expect([rename.status, rename.body]).toMatchObject([200, { branch: { name: "renamed" } }]);
    const empty = { branch: {}, endpoints: [], annotation_value: {} };
    expect((await plane.api.ok(CreatedBranch, "POST", path, empty)).endpoints).toEqual([]);
    expect((await plane.api.ok(OrganizationsResponse, "GET", "/users/me/organizations")).organizations).toHaveLength(1);
  });

  test.each([
    ["GET", "/projects/%zz", 400],
    ["GET", `/projects/${"x".repeat(150)}`, 404],
    ["GET", `/projects/${"x".repeat(200)}`, 400],
    ["PUT", "/auth", 404],
    ["HEAD", "/auth", 404],
    ["GET", "/../../auth", 404],
    ["POST", "/projects", 400],
  ])("%s %s is %i in Neon's shape", async (method, path, status) => {
    const answer = await fetch(plane.ready.apiUrl + path, { method, headers: { authorization: `Bearer ${plane.ready.apiKey}` } });
    const text = await answer.text();
    expect(answer.status).toBe(status);
    expect(answer.headers.get("x-request-id")).toMatch(/./);
    if (method !== "HEAD") expect(JSON.parse(text)).toMatchObject({ request_id: expect.any(String) as unknown, code: "" });
  });

  test.each([
    ["null", "expected object"],
    ["[]", "expected object"],
    ['{"project":{"name":""}}', "project.name"],
    ['{"project":{"history_retention_seconds":1.5}}', "project.history_retention_seconds"],
    ['{"project":{"settings":{"allowed_ips":{"ips":[null]}}}}', "project.settings.allowed_ips.ips.0"],
    ['{"project":{"settings":{"maintenance_window":{"weekdays":[8],"start_time":"00:00","end_time":"01:00"}}}}', "weekdays.0"],
  ])("the body %s is 400 and names %s", async (body, named) => {
    const refused = await plane.api.refused("POST", "/projects", body);
    expect([refused.status, refused.message]).toEqual([400, expect.stringContaining(named)]);
  });

  test("what is not HTTP is answered and does no harm", async () => {
    const { hostname, port } = new URL(plane.ready.apiUrl);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(Number(port), hostname, () => socket.write("\u0000\u0001 nonsense\r\n\r\n"));
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("close", () => {
        resolve(text);
      });
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('"code":""');
    expect((await plane.api.call("GET", "/auth")).status).toBe(200);
  });
});

describe("rate limits", () => {
  const limiterAt = () => {
    const clock = { now: 0 };
    const limiter = new RateLimiter(() => clock.now);
    const allowed = (calls: number, account = "a", route = "GET /x") => {
      let count = 0;
      for (let call = 0; call < calls; call++)
        try {
          limiter.take(account, route);
          count++;
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      return count;
    };
    return { clock, limiter, allowed };
  };

  test("40 calls at once, per account and route", () => {
    const { allowed } = limiterAt();
    expect(allowed(60)).toBe(40);
    expect(allowed(60, "b")).toBe(40);
    expect(allowed(60, "a", "GET /y")).toBe(40);
  });

  test("700 calls a minute, however they are spread", () => {
    const { clock, allowed } = limiterAt();
    let count = 0;
    for (; clock.now < 60_000; clock.now += 100) count += allowed(10);
    // A full bucket, and what a minute gives.
    expect(count).toBeGreaterThanOrEqual(1_390);
    expect(count).toBeLessThanOrEqual(1_400);
  });

  test("a refusal says in whole seconds when to come again, and then lets through", () => {
    const { clock, limiter, allowed } = limiterAt();
    allowed(40);
    const refused = (() => {
      try {
        limiter.take("a", "GET /x");
      } catch (error) {
        return error as Refusal;
      }
      throw new Error("not refused");
    })();
    expect(refused.retryAfterSeconds).toBe(1);
    clock.now += 1_000;
    expect(allowed(1)).toBe(1);
  });

  test("the plane answers 429 with Retry-After when they are on", async () => {
    const plane = await startPlane({ rateLimits: "neon" });
    const answers = await Promise.all(Array.from({ length: 400 }, () => plane.api.call("GET", "/auth")));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    expect(answers.filter(({ status }) => status === 200).length + refused.length).toBe(400);
    await plane.stop();
  });
});
