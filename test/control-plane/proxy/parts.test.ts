import fc from "fast-check";
import { formatPlainAddress, computeSourceNetwork } from "../../../control-plane/proxy/addresses.js";
import { CancelKeys } from "../../../control-plane/proxy/cancelKeys.js";
import { LeakyBuckets, MAX_KEYS } from "../../../control-plane/proxy/limits.js";
import { parseEndpointInPassword, parseEndpointName, filterStartupParameters } from "../../../control-plane/proxy/endpointNames.js";
import {
  buildCancelRequest,
  parseSaslInitialResponse,
  parseStartupPacket,
  buildStartupPacket,
} from "../../../control-plane/proxy/protocol.js";
import { anyText } from "../../support/anyText.js";

describe("the name of a compute", () => {
  it.each([
    ["ep-a.db.localhost", undefined, "ep-a", false],
    ["EP-A.DB.localhost", undefined, "ep-a", false],
    ["ep-a-pooler.db.localhost", undefined, "ep-a", true],
    ["ep-a.db.localhost", "endpoint=ep-a", "ep-a", false],
    ["localhost", "endpoint=ep-a-pooler", "ep-a", true],
    ["ep-a-pooler-pooler.db.localhost", undefined, "ep-a-pooler", true],
    [undefined, "project=ep-a", "ep-a", false],
    [undefined, "-c work_mem=1MB  endpoint=ep-a\t-c x=y", "ep-a", false],
    ["ep-a.other.example", "endpoint=ep-b", "ep-b", false],
  ])("is read from %j and %j as %s, pooled: %s", (sni, options, id, pooled) => {
    expect(parseEndpointName("db.localhost", sni, options)).toEqual({ id, pooled });
  });

  it.each([
    [undefined, undefined],
    ["db.localhost", undefined],
    ["a.ep-a.db.localhost", undefined],
    ["xdb.localhost", undefined],
    [undefined, "endpoint=ep-a endpoint=ep-a"],
    [undefined, "endpoint=ep-a project=ep-b"],
    [undefined, "xendpoint=ep-a"],
    [undefined, "-c\\ endpoint=ep-a"],
  ])("is not named by %j and %j", (sni, options) => {
    expect(parseEndpointName("db.localhost", sni, options)).toBeUndefined();
  });

  it.each([
    ["endpoint=ep-a;secret", "ep-a", "secret"],
    ["endpoint=ep-a$secret", "ep-a", "secret"],
    ["project=ep-a-pooler;a;b$c", "ep-a", "a;b$c"],
    ["endpoint=ep-a;", "ep-a", ""],
  ])("is named in the password %j", (text, id, password) => {
    expect(parseEndpointInPassword(text)).toMatchObject({ named: { id }, password });
  });

  it.each(["", "secret", "endpoint=ep-a", "endpoint=;secret", "xendpoint=ep-a;secret", ";endpoint=ep-a;secret"])(
    "is not named in the password %j",
    (text) => {
      expect(() => parseEndpointInPassword(text)).toThrow("Endpoint ID is not specified.");
    },
  );

  it.each([
    ["ep-a.db.localhost", "endpoint=ep-b", "inconsistent-endpoint-names"],
    ["ep-a-pooler.db.localhost", "endpoint=ep-a", "inconsistent-endpoint-names"],
    [undefined, "endpoint=ep.a", "malformed-endpoint-name"],
    ["ep_a.db.localhost", undefined, "malformed-endpoint-name"],
  ])("is none in %j and %j: %s", (sni, options, reason) => {
    const refused = new Error("nothing was refused");
    try {
      parseEndpointName("db.localhost", sni, options);
    } catch (error) {
      Object.assign(refused, error);
    }
    expect(refused).toHaveProperty("reason", reason);
  });
});

describe("what Postgres is told of the startup parameters", () => {
  const told = (parameters: Record<string, string>) => Object.fromEntries(filterStartupParameters(new Map(Object.entries(parameters))));

  it("is Neon's choice, in UTF8", () => {
    expect(
      told({
        user: "a",
        database: "d",
        application_name: "n",
        replication: "true",
        TimeZone: "UTC",
        client_encoding: "LATIN1",
        "_pq_.x": "1",
      }),
    ).toEqual({ user: "a", database: "d", application_name: "n", replication: "true", client_encoding: "UTF8" });
  });

  it("is everything in compatibility mode, but what is for the proxy", () => {
    expect(
      told({
        user: "a",
        TimeZone: "UTC",
        client_encoding: "LATIN1",
        "_pq_.x": "1",
        options: "neon_proxy_params_compat:true endpoint=e -c a=b",
      }),
    ).toEqual({ user: "a", TimeZone: "UTC", client_encoding: "LATIN1", options: "-c a=b" });
  });

  it("keeps the other words of `options` as they are", () => {
    expect(told({ user: "a", options: "project=x -c a=b\\ c neon_endpoint_type:read_only \\" })).toMatchObject({
      options: "-c a=b\\ c \\",
    });
    expect(told({ user: "a", options: " endpoint=x " })).not.toHaveProperty("options");
  });
});

describe("startup packets", () => {
  const text = anyText({ minLength: 1 }).filter((value) => !value.includes("\0"));

  it("come back from their bytes", () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (written) => {
        const parameters = Object.entries(written);
        const packet = parseStartupPacket(buildStartupPacket(parameters).subarray(4));
        expect(packet).toEqual({ kind: "startup", major: 3, minor: 0, parameters: new Map(parameters) });
      }),
    );
  });

  it("are refused when they are cut, or not UTF-8", () => {
    const whole = buildStartupPacket([
      ["user", "alice"],
      ["database", "app"],
    ]).subarray(4);
    for (let end = 0; end < whole.length; end++) expect([end, parseStartupPacket(whole.subarray(0, end))]).toEqual([end, undefined]);
    expect(parseStartupPacket(Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from("user\0\xff\0\0", "latin1")]))).toBeUndefined();
  });

  it("are refused with a length of their own: SSLRequest with a body, a cancel key of another size", () => {
    expect(parseStartupPacket(Buffer.from("04d2162f00", "hex"))).toBeUndefined();
    expect(parseStartupPacket(buildCancelRequest(Buffer.alloc(7)).subarray(4))).toBeUndefined();
    expect(parseStartupPacket(buildCancelRequest(Buffer.alloc(8, 9)).subarray(4))).toEqual({ kind: "cancel", key: Buffer.alloc(8, 9) });
  });

  it("never throw, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseStartupPacket(Buffer.from(bytes));
        parseSaslInitialResponse(Buffer.from(bytes));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("rates", () => {
  it("let a burst through, then so many a second", () => {
    let now = 0;
    const buckets = new LeakyBuckets({ perSecond: 2, burst: 3 }, () => now);
    expect(Array.from({ length: 5 }, () => buckets.take("a"))).toEqual([true, true, true, false, false]);
    expect(buckets.take("b")).toBe(true);
    now += 499;
    expect(buckets.has("a")).toBe(false);
    now += 1;
    expect([buckets.has("a"), buckets.take("a"), buckets.take("a")]).toEqual([true, true, false]);
    now += 60_000;
    expect(Array.from({ length: 4 }, () => buckets.take("a"))).toEqual([true, true, true, false]);
  });

  it("remember a bounded number of sources, the busy ones before the others", () => {
    const buckets = new LeakyBuckets({ perSecond: 0, burst: 1 }, () => 0);
    buckets.take("busy");
    for (let source = 0; source < 3 * MAX_KEYS; source++) {
      buckets.take(String(source));
      if (source % 100 === 0) buckets.take("busy");
    }
    expect(buckets.size).toBe(MAX_KEYS);
    expect(buckets.has("busy")).toBe(false);
    expect(buckets.has("0")).toBe(true);
  });
});

describe("addresses", () => {
  it.each([
    ["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.255"],
    ["192.0.2.1", "192.0.2.1", "::ffff:192.0.2.9"],
    ["fe80::1%eth0", "fe80::1", "fe80::ffff:1"],
    ["2001:DB8::1", "2001:db8::1", "2001:db8:0:0:ffff::"],
  ])("%s is written %s and shares its network with %s", (address, plain, neighbour) => {
    expect(formatPlainAddress(address)).toBe(plain);
    expect(computeSourceNetwork(address)).toBe(computeSourceNetwork(neighbour));
  });

  it("of other networks are other sources", () => {
    const sources = ["192.0.2.1", "192.0.3.1", "2001:db8::1", "2001:db8:0:1::1", "::c000:200"].map(computeSourceNetwork);
    expect(new Set(sources).size).toBe(5);
  });
});

describe("cancel keys", () => {
  it("are new each time and end with their session", () => {
    const keys = new CancelKeys();
    const session = { endpointId: "ep-a", socketPath: "/x", key: Buffer.alloc(8) };
    const issued = Array.from({ length: 100 }, () => keys.issue(session));
    expect(new Set(issued.map((key) => key.toString("hex"))).size).toBe(100);
    expect(issued.every((key) => key.length === 8 && keys.find(key) === session)).toBe(true);
    issued.forEach((key) => {
      keys.remove(key);
    });
    expect(keys.size).toBe(0);
  });
});
