import { UNKNOWN } from "../../../provider/engine/fields.js";
import { args, processOf, WidgetServer } from "../../support/widgets.js";

const check = async (olds: Record<string, unknown>, news: Record<string, unknown>) => processOf(new WidgetServer()).check(olds, news);
const failures = async (news: Record<string, unknown>, olds: Record<string, unknown> = {}) => (await check(olds, args(news))).failures;

describe("check", () => {
  it("fills defaults and touches no server", async () => {
    const server = new WidgetServer();
    const { inputs, failures } = await processOf(server).check({}, args());
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ size: 1, shelf: "s" });
    expect(server.calls).toEqual([]);
  });

  it.each([
    ["a missing field", { name: undefined }, [{ property: "name", reason: "is required" }]],
    ["a broken bound", { size: 101 }, [{ property: "size", reason: "must be at most 100" }]],
    ["a wrong type", { size: "big" }, [{ property: "size", reason: "expected number, received string" }]],
    ["an unknown key, with a guess", { sise: 3 }, [{ property: "sise", reason: 'is not a field of this resource; did you mean "size"?' }]],
    [
      "an unknown nested key",
      { guard: { open: true, cod: "x" } },
      [{ property: "guard.cod", reason: 'is not a field of this resource; did you mean "code"?' }],
    ],
    ["a missing nested field", { guard: {} }, [{ property: "guard.open", reason: "is required" }]],
    ["a broken rule", { name: "small", size: 11 }, [{ property: "size", reason: "a small widget has at most size 10" }]],
  ])("names the field: %s", async (_, news, expected) => {
    expect(await failures(news)).toEqual(expected);
  });

  it("asks no rule about a field that is unsound by itself", async () => {
    expect(await failures({ name: "small", size: 500 })).toEqual([{ property: "size", reason: "must be at most 100" }]);
  });

  it("skips unknown values, whole or nested, in types and in rules", async () => {
    expect(await failures({ name: UNKNOWN, size: 11 })).toEqual([]);
    expect(await failures({ guard: { open: UNKNOWN } })).toEqual([]);
    expect(await failures({ tags: ["a", UNKNOWN], guard: UNKNOWN })).toEqual([]);
  });

  it("lets a rule see what was declared before", async () => {
    expect(await failures({ name: "small", size: 11 }, args({ name: "big", size: 11, shelf: "s" }))).toEqual([]);
  });

  it("keeps the old spelling of what means the same", async () => {
    const { inputs } = await check(args({ tags: ["A", "b"] }), args({ tags: ["B", "a", "a"] }));
    expect(inputs["tags"]).toEqual(["A", "b"]);
  });

  it("refuses a change of a locked field, and says what it was", async () => {
    const reason =
      'cannot change from "a" after creation: a replacement would drop data. Restore the value, or create a new resource and move the data';
    expect(await failures({ zone: "b" }, args())).toEqual([{ property: "zone", reason }]);
  });

  it("does not refuse it in a replacement, which comes without olds", async () => {
    expect(await failures({ zone: "b" }, {})).toEqual([]);
  });

  it("keeps what is written once: adopt and managedBy may change or go later without a difference", async () => {
    const before = args({ adopt: "w-1" });
    expect((await check(before, args({ managedBy: "urn:moved" }))).inputs).toMatchObject({ adopt: "w-1", managedBy: before["managedBy"] });
    expect((await check(args(), args({ adopt: "w-1" }))).inputs).not.toHaveProperty("adopt");
  });
});

describe("diff", () => {
  const diff = (olds: Record<string, unknown>, news: Record<string, unknown>) => processOf(new WidgetServer()).diff("w-1", olds, news);

  it("leaves the comparison to the engine and names what replaces", async () => {
    expect(await diff(args(), args({ name: "two" }))).toEqual({ changes: undefined, replaces: [] });
    expect(await diff(args({ shelf: "s" }), args({ shelf: "t" }))).toEqual({ changes: undefined, replaces: ["shelf"] });
  });

  it("replaces nothing on an unknown or an omitted value", async () => {
    expect((await diff(args({ shelf: "s" }), args({ shelf: UNKNOWN }))).replaces).toEqual([]);
    expect((await diff(args({ shelf: "s" }), args())).replaces).toEqual([]);
  });
});
