import { args, processOf, WidgetServer } from "../../support/widgets.js";

/** What an other release has recorded. */
async function recorded(server: WidgetServer) {
  const process = processOf(server);
  const { inputs } = await process.check({}, args({}));
  const made = await process.create(inputs);
  server.calls.length = 0;
  return { ...made, inputs };
}

it.each([2, 99, 0, -1, "1", null])(
  "a state of the version %p is neither compared nor acted on: every hook refuses it before the first call",
  async (schemaVersion) => {
    const server = new WidgetServer();
    const { id, outs, inputs } = await recorded(server);
    const olds = { ...outs, schemaVersion };
    const next = processOf(server);
    const refusal = /another release .*this release supports 1.*Update @palisade\/neon.*\[PAL_STATE_NEWER\]/;
    await expect(next.diff(id, olds, inputs)).rejects.toThrow(refusal);
    await expect(next.read(id, olds)).rejects.toThrow(refusal);
    await expect(next.update(id, olds, { ...inputs, name: "two" })).rejects.toThrow(refusal);
    await expect(next.delete(id, olds)).rejects.toThrow(refusal);
    expect(server.calls).toEqual([]);
    expect([...server.widgets.values()]).toMatchObject([{ id, name: inputs["name"] }]);
  },
);

it("a state without a version, as `.get` begins with, is read in full and has one then", async () => {
  const server = new WidgetServer();
  const { id, outs } = await recorded(server);
  const { props } = await processOf(server).read(id, {});
  expect(props).toMatchObject({ name: outs["name"], schemaVersion: 1 });
  expect((await processOf(server).read(id, props)).props).toEqual(props);
});

it("a state of this version goes on as it is", async () => {
  const server = new WidgetServer();
  const { id, outs, inputs } = await recorded(server);
  const next = processOf(server);
  expect(await next.diff(id, outs, inputs)).toEqual({ changes: undefined, replaces: [] });
  expect((await next.read(id, outs)).props).toEqual(outs);
  await next.delete(id, outs);
  expect(server.widgets.size).toBe(0);
});
