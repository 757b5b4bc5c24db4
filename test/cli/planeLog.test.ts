import type { PlaneAccessLine } from "../../contract/plane.js";
import { isWanted, formatLogLine } from "../../cli/plane/log.js";

const LINE: PlaneAccessLine = {
  level: "info",
  event: "access",
  version: 1,
  at: "2026-01-02T03:04:05.678Z",
  action: "connect",
  decision: "refused",
  reason: "ip-address-not-allowed",
  why: "the address is not on the project's list",
  session: "7d1f",
  clientAddress: "203.0.113.9",
  via: "public",
  endpointId: "ep-a-1",
  role: "app",
  database: "orders",
  branchId: "br-a-1",
  branchName: "main",
  projectId: "shop-1",
  projectName: "shop",
};

describe("a line for a connection", () => {
  it("says when, who, from where, to which branch, and why not", () => {
    expect(formatLogLine(LINE)).toBe(
      "03:04:05 refused  203.0.113.9 as app to orders, main of shop (ep-a-1): the address is not on the project's list [ip-address-not-allowed]",
    );
    const admitted = { ...LINE, decision: "admitted" as const, reason: undefined, why: undefined, via: "vpce-1" };
    expect(formatLogLine(admitted)).toBe("03:04:05 admitted 203.0.113.9 through vpce-1 as app to orders, main of shop (ep-a-1)");
  });

  it("says what is known of a stranger who said little, and Postgres' own words", () => {
    const { level, event, version, at, action, decision, session, via, clientAddress } = LINE;
    const little = { level, event, version, at, action, decision, session, via, clientAddress };
    expect(formatLogLine({ ...little, reason: "protocol-violation", why: "does not speak Postgres' protocol" })).toBe(
      "03:04:05 refused  203.0.113.9: does not speak Postgres' protocol [protocol-violation]",
    );
    expect(formatLogLine({ ...little, endpointId: "ep-none", reason: "endpoint-not-found", why: "there is no such compute" })).toBe(
      "03:04:05 refused  203.0.113.9, ep-none: there is no such compute [endpoint-not-found]",
    );
    expect(
      formatLogLine({ ...LINE, reason: "compute-refused", why: "Postgres refused it", detail: 'database "x" does not exist' }),
    ).toContain(': Postgres refused it: database "x" does not exist [compute-refused]');
  });

  it("neither moves the cursor nor grows, whatever strangers are called", () => {
    const forged = `\u001b[2J\n03:04:05 admitted\r\u009b\u202e\u2028${"x".repeat(9_000)}`;
    const names = { role: forged, database: forged, endpointId: forged, via: forged, branchName: forged, projectName: forged };
    const text = formatLogLine({ ...LINE, ...names, detail: forged }) ?? "";
    expect(text).toMatch(/^[\x20-\x7e…]+$/);
    expect(text.length).toBeLessThan(600);
  });

  it("is printed as asked for; other events are always", () => {
    const admitted: PlaneAccessLine = { ...LINE, decision: "admitted" };
    const wanted = (which: "refused" | "all" | "none") => [LINE, admitted].map((line) => isWanted(line, which));
    expect([wanted("refused"), wanted("all"), wanted("none")]).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ]);
    expect(isWanted({ level: "warn", event: "seed-ignored" }, "none")).toBe(true);
  });

  it("is left out where nobody reads what was printed before; other events are not", () => {
    const [stuck, event] = [2_000_000, { level: "warn" as const, event: "seed-ignored" }];
    expect([isWanted(LINE, "all", stuck), isWanted(LINE, "all", 1_000), isWanted(event, "all", stuck)]).toEqual([false, true, true]);
  });
});

describe("other events", () => {
  it("say how computes are reached once that is known", () => {
    expect(formatLogLine({ level: "info", event: "hosts", form: "sni" })).toBe(
      "Computes are reached by their names under db.localhost, which lead to this machine.",
    );
    expect(formatLogLine({ level: "info", event: "hosts", form: "universal" })).toContain(
      "at localhost, each named in options (endpoint=<id>)",
    );
  });

  it("are printed from warnings on, the message first", () => {
    expect(formatLogLine({ level: "info", event: "postgres", version: 18 })).toBeUndefined();
    expect(formatLogLine({ level: "warn", event: "refusals-not-shown", refusals: 12 })).toBe("warn refusals-not-shown refusals=12");
    expect(formatLogLine({ level: "warn", event: "seed-ignored", message: "It is\nthere" })).toBe("warn seed-ignored: It is\\u{a}there");
  });
});
