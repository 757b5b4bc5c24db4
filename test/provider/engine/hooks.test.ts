import { PalisadeError } from "../../../contract/errors.js";
import { args, ORIGIN, processOf, PROVIDER_TEXT, RECEIPT, URN, WidgetServer } from "../../support/widgets.js";

const STACK_ID = "5f0c7a52-0f0e-4a5e-9a53-3a2f2ad0c001";

/** check then create, as the engine does. */
async function up(server: WidgetServer, given: Record<string, unknown> = {}, process = processOf(server)) {
  const { inputs } = await process.check({}, args(given));
  return process.create({ ...inputs, __provider: PROVIDER_TEXT });
}

type Thrown = Error & { id?: string; properties?: Record<string, unknown>; reasons?: string[] };
const thrown = (work: Promise<unknown>): Promise<Thrown> =>
  work.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: unknown) => error as Thrown,
  );

describe("create", () => {
  it("makes the object, synchronises what is missing, and records all there is", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server, { guard: { open: true } });
    expect(server.calls).toEqual(["find", "create", "settle", "observe", "update guard,guard.open", "observe"]);
    expect(server.widgets.get(id)).toMatchObject({ name: "one", guard: { open: true }, mark: { managedBy: URN } });
    expect(outs).toMatchObject({
      name: "one",
      address: `address of ${id}`,
      receipt: RECEIPT,
      origin: ORIGIN,
      schemaVersion: 1,
      __provider: PROVIDER_TEXT,
    });
  });

  it("records JSON only: nothing that the host would refuse after the object exists", async () => {
    const { outs } = await up(new WidgetServer());
    expect(JSON.parse(JSON.stringify(outs))).toEqual(outs);
  });

  it("is half-made, with the id and everything learned, when it fails after the id is known", async () => {
    const server = new WidgetServer();
    server.faults.set("settle", new PalisadeError("PAL_OPERATION_FAILED", "create_widget"));
    const error = await thrown(up(server));
    expect(error.id).toBe("w-1");
    expect(error.properties).toMatchObject({ name: "one", receipt: RECEIPT, origin: ORIGIN, schemaVersion: 1, __provider: PROVIDER_TEXT });
    expect(error.reasons).toEqual([error.message]);
  });

  it("goes on as an update after that, and makes no second object", async () => {
    const server = new WidgetServer();
    server.faults.set("settle", new Error("cut"));
    const { id = "", properties = {} } = await thrown(up(server, { guard: { open: true } }));
    await processOf(server).update(id, properties, args({ guard: { open: true } }));
    expect([...server.widgets.values()]).toMatchObject([{ id, guard: { open: true } }]);
  });

  it("finds what its own lost answer has made, in the same call", async () => {
    const server = new WidgetServer();
    server.lose = "after";
    const { id } = await up(server);
    expect(id).toBe("w-1");
    expect(server.widgets.size).toBe(1);
  });

  it("does not take an object of the same name made by another call for its own", async () => {
    const server = new WidgetServer();
    server.add({ mark: { managedBy: "urn:other", nonce: "another" } });
    server.lose = "after";
    expect((await up(server)).id).toBe("w-2");
  });
});

describe("what an interrupted create left behind", () => {
  const left = (server: WidgetServer, over: Record<string, unknown> = {}) =>
    server.add({ name: "one", pin: "1234-planted", mark: { managedBy: URN, stackId: STACK_ID, nonce: "n" }, ...over });

  it("is taken over when the mark carries this stack's id", async () => {
    const server = new WidgetServer();
    left(server);
    expect((await up(server, {}, processOf(server, { stackId: STACK_ID }))).id).toBe("w-1");
    expect(server.widgets.size).toBe(1);
  });

  it.each([
    ["this stack has no id", undefined, {}],
    ["the mark has no stack's id", STACK_ID, { mark: { managedBy: URN, nonce: "n" } }],
    ["it differs in a locked field", STACK_ID, { zone: "elsewhere" }],
  ])("is refused, naming adopt, when %s", async (_, stackId, over) => {
    const server = new WidgetServer();
    left(server, over);
    const error = await thrown(up(server, {}, processOf(server, stackId === undefined ? {} : { stackId })));
    expect(error.message).toContain("PAL_LEFTOVER");
    expect(error.message).toContain('adopt: "<id>"');
    expect(error.id).toBeUndefined();
    expect(server.widgets.size).toBe(1);
  });

  it("is refused when two objects carry the mark", async () => {
    const server = new WidgetServer();
    left(server);
    left(server);
    expect((await thrown(up(server, {}, processOf(server, { stackId: STACK_ID })))).message).toContain("more than one");
  });

  it("is another stack's when the ids differ: a new object is made beside it", async () => {
    const server = new WidgetServer();
    left(server, { mark: { managedBy: URN, stackId: "another", nonce: "n" } });
    expect((await up(server, {}, processOf(server, { stackId: STACK_ID }))).id).toBe("w-2");
  });

  it("is not the object being replaced, which the engine has shown in this run", async () => {
    const server = new WidgetServer();
    left(server);
    const process = processOf(server, { stackId: STACK_ID });
    await process.diff("w-1", args(), args({ shelf: "t" }));
    expect((await up(server, { shelf: "t" }, process)).id).toBe("w-2");
  });

  it("is never deleted as its own predecessor once it was taken over", async () => {
    const server = new WidgetServer();
    left(server);
    const process = processOf(server, { stackId: STACK_ID });
    const { id, outs } = await up(server, {}, process);
    // The engine deletes what it has recorded of the old one, which is another record of the same object.
    await process.delete(id, { ...outs, declaration: "of old" });
    expect(server.widgets.size).toBe(1);
    // So does the next run, where this one was interrupted in between: it sees the new one first.
    const next = processOf(server, { stackId: STACK_ID });
    await next.diff(id, outs, args());
    await next.delete(id, { ...outs, declaration: "of old" });
    expect(server.widgets.size).toBe(1);
    // A destroy declares nothing.
    await processOf(server, { stackId: STACK_ID }).delete(id, outs);
    expect(server.widgets.size).toBe(0);
  });
});

describe("adopt", () => {
  it("takes over an object that equals the program, and changes nothing", async () => {
    const server = new WidgetServer();
    server.add({ name: "one", pin: "1234-planted" });
    expect((await up(server, { adopt: "w-1" })).id).toBe("w-1");
    expect(server.calls.filter((call) => /^(create|update)/.test(call))).toEqual([]);
  });

  it("refuses one that differs, names the differences without secrets, and records nothing", async () => {
    const server = new WidgetServer();
    server.add({ name: "other", pin: "another-secret" });
    const error = await thrown(up(server, { adopt: "w-1" }));
    expect(error.message).toContain('name is "other", the program says "one"; pin');
    expect(error.message).not.toMatch(/another-secret|1234-planted/);
    expect(error.id).toBeUndefined();
  });

  it.each([
    ["another stack's mark", { mark: { managedBy: "urn:other", nonce: "n" } }, "PAL_ADOPT_FOREIGN"],
    [
      "the mark of a stack with the same names and another id",
      { mark: { managedBy: URN, stackId: "another", nonce: "n" } },
      "PAL_ADOPT_FOREIGN",
    ],
  ])("refuses %s", async (_, over, code) => {
    const server = new WidgetServer();
    server.add({ name: "one", pin: "1234-planted", ...over });
    expect((await thrown(up(server, { adopt: "w-1" }))).message).toContain(code);
  });

  it("refuses what does not exist, and an id of another form", async () => {
    expect((await thrown(up(new WidgetServer(), { adopt: "w-9" }))).message).toContain("PAL_ADOPT_ABSENT");
    expect((await thrown(up(new WidgetServer(), { adopt: "a/b" }))).message).toContain("PAL_BAD_ID");
  });
});

describe("read", () => {
  it("shows drift of declared fields and of what omission clears, and nothing else", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server, { tags: ["A"] });
    Object.assign(server.widgets.get(id) ?? {}, { size: 7, note: "set by hand", guard: { open: true }, tags: ["a"], zone: "moved" });
    const { inputs } = await processOf(server).read(id, outs);
    expect(inputs).toMatchObject({ size: 7, note: "set by hand", tags: ["A"], zone: "a" });
    expect(inputs).not.toHaveProperty("guard");
  });

  it("returns everything when there is no record", async () => {
    const server = new WidgetServer();
    const { id } = server.add({ size: 9 });
    expect((await processOf(server).read(id, { __provider: PROVIDER_TEXT })).inputs).toMatchObject({
      name: "given",
      size: 9,
      guard: { open: false },
    });
  });

  it("says gone only when that is proved", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    server.widgets.clear();
    expect(await processOf(server).read(id, outs)).toEqual({ id: "", props: {} });
    server.parentReadable = false;
    expect((await thrown(processOf(server).read(id, outs))).message).toContain("PAL_GONE_UNPROVED");
  });

  it("keeps what was told once", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    expect((await processOf(server).read(id, outs)).props).toMatchObject({ receipt: RECEIPT });
  });
});

describe("the origin", () => {
  it.each([
    ["another host", { ...ORIGIN, host: "evil.test" }],
    ["another organisation", { ...ORIGIN, accountId: "org-other-2" }],
  ])("refuses read, update and delete at %s", async (_, origin) => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    const elsewhere = processOf(server, { origin });
    for (const work of [elsewhere.read(id, outs), elsewhere.update(id, outs, args()), elsewhere.delete(id, outs)])
      expect((await thrown(work)).message).toContain("PAL_ORIGIN");
    expect(server.widgets.size).toBe(1);
  });
});

describe("update", () => {
  it("sends what differs from the live object, not from the record", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server, { note: "x" });
    Object.assign(server.widgets.get(id) ?? {}, { size: 50 });
    server.calls.length = 0;
    const { inputs } = await processOf(server).check(args({ note: "x" }), args());
    await processOf(server).update(id, outs, { ...inputs, __provider: PROVIDER_TEXT });
    expect(server.calls).toEqual(["observe", "update note,size", "observe"]);
    expect(server.widgets.get(id)).toMatchObject({ size: 1, note: undefined });
  });

  it("makes no call that changes when nothing differs", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    server.calls.length = 0;
    await processOf(server).update(id, outs, args({ size: 1, shelf: "s" }));
    expect(server.calls).toEqual(["observe"]);
  });

  it("is not blocked by a live difference of a locked field that the program did not touch", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    Object.assign(server.widgets.get(id) ?? {}, { zone: "moved" });
    await processOf(server).update(id, outs, args({ size: 2, shelf: "s" }));
    expect(server.widgets.get(id)).toMatchObject({ size: 2, zone: "moved" });
  });

  it("says what to do when the object is gone", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    server.widgets.clear();
    expect((await thrown(processOf(server).update(id, outs, args()))).message).toContain("pulumi refresh");
  });
});

describe("delete", () => {
  it("is done when it was gone already and that is proved", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    server.widgets.clear();
    await processOf(server).delete(id, outs);
    server.parentReadable = false;
    expect((await thrown(processOf(server).delete(id, outs))).message).toContain("PAL_GONE_UNPROVED");
  });

  it("keeps a refusal an error", async () => {
    const server = new WidgetServer();
    const { id, outs } = await up(server);
    server.faults.set("remove", new PalisadeError("PAL_REFUSED", "protected"));
    expect((await thrown(processOf(server).delete(id, outs))).message).toContain("PAL_REFUSED");
  });
});

describe("errors", () => {
  it("carry no stack, no key, and none of the secrets that were passed in", async () => {
    const server = new WidgetServer();
    server.faults.set(
      "create",
      new Error("server said: pin 1234-planted, code s3cret-code, key napi_abcdefgh12345678, postgresql://u:pw1234@h/db"),
    );
    const error = await thrown(up(server, { guard: { open: true, code: "s3cret-code" } }));
    expect(error.stack).toBe("");
    expect(`${error}`).not.toMatch(/1234-planted|s3cret-code|abcdefgh|pw1234/);
  });
});
