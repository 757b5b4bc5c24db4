import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { buildPlane, planeDirectory, type PlaneProcess, startPlaneProcess } from "../support/plane.js";
import { countChanges, type RunningCommand, type Stack } from "../support/pulumi.js";
import { until } from "../support/until.js";
import { atEnd, inventory, names, newPlane, newStack, output, program, project, putAway, readRecorded, STACK_TRACE } from "./lab.js";

jest.setTimeout(180_000);
beforeAll(buildPlane, 120_000);
afterAll(putAway, 60_000);

const branches = (of: string, list: string[]) =>
  list.map((name) => `new neon.Branch("${of}-${name}", { projectId: ${of}.projectId, name: "${name}" });`).join("\n");

describe("the plane, killed in the middle of an up and started again on the same data", () => {
  const FIRST = `
const one = ${project("one")};
const two = ${project("two")};
${branches("one", ["a", "b"])}
${branches("two", ["a"])}`;
  const SECOND = `
const three = ${project("three")};
${branches("one", ["c", "d"])}
${branches("three", ["a"])}`;

  let start: () => Promise<PlaneProcess>;
  let plane: PlaneProcess;
  let stack: Stack;

  beforeAll(async () => {
    const options = { dataDirectory: planeDirectory(), apiPort: await freePort(), operationTimeMs: 500 };
    start = () => startPlaneProcess(options);
    plane = await start();
    atEnd(() => plane.end("SIGKILL"));
    stack = await newStack(program(FIRST), plane.ready, { config: { "palisade:stackId": randomUUID() } });
  });

  test("at once: whether that up survives it or not, the next one leaves exactly one of each object", async () => {
    const up = stack.startUp();
    await until("the first project is there", async () => (await held())[0]);
    await plane.end("SIGKILL");
    expect((await readRecorded(stack))["one-b"]).toBeUndefined();
    plane = await start();
    expect(output(await up.result)).not.toMatch(STACK_TRACE);
    await oneOfEach(["one", "one/a", "one/b", "one/main", "two", "two/a", "two/main"]);
  });

  test("after that up has failed with sentences: the next one leaves exactly one of each object", async () => {
    await stack.setProgram(program(FIRST + SECOND));
    const up = stack.startUp();
    await until("a further project and branch are there", async () => (await held()).length > 8);
    await plane.end("SIGKILL");
    const failed = await up.result;
    expect(failed.code).not.toBe(0);
    expect(output(failed)).toMatch(/\[PAL_(UNREACHABLE|ANSWER_LOST)\]/);
    expect(output(failed)).not.toMatch(STACK_TRACE);
    plane = await start();
    const first = ["one", "one/a", "one/b", "one/c", "one/d", "one/main"];
    await oneOfEach([...first, "three", "three/a", "three/main", "two", "two/a", "two/main"]);
    expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 10 });
  });

  const held = () => names(plane.api, plane.ready.orgId);

  /** One more `up`: the plane holds just these, and each of them is recorded. */
  async function oneOfEach(all: string[]): Promise<void> {
    await stack.up({ check: true });
    expect(await held()).toEqual(all);
    const found = await inventory(plane.api, plane.ready.orgId);
    const made = found.flatMap(({ id, branches }) => [id, ...branches.filter((each) => !each.default).map((each) => `${id}/${each.id}`)]);
    expect(await idsOf(stack)).toEqual(made.sort());
  }
});

describe("the provider process, killed when the object is made and not yet recorded", () => {
  /** Long enough to be met while it runs, for creation is over only when its operations are. */
  const SLOW = { operationTimeMs: 1_500 };

  test("with the stack's own id, the next up takes over what is its own", async () => {
    const plane = await newPlane(SLOW);
    const body = program(`const shop = ${project()};\n${branches("shop", ["dev"])}`);
    const stack = await newStack(body, plane.ready, { config: { "palisade:stackId": randomUUID() } });
    const held = () => inventory(plane.api, plane.ready.orgId);

    const first = stack.startUp();
    const shop = await until("the project is there", async () => (await held())[0]);
    killProvider(first);
    expect((await first.result).code).not.toBe(0);
    expect(await readRecorded(stack)).toEqual({});

    const second = stack.startUp();
    const dev = await until("the branch is there", async () => (await held())[0]?.branches.find(({ name }) => name === "dev"));
    expect((await readRecorded(stack))["shop"]?.id).toBe(shop.id);
    await stack.crash();
    expect((await second.result).signal).toBe("SIGKILL");

    await stack.run(["cancel", "--yes"]);
    await stack.up({ check: true });
    expect(await names(plane.api, plane.ready.orgId)).toEqual(["shop", "shop/dev", "shop/main"]);
    expect(await idsOf(stack)).toEqual([shop.id, `${shop.id}/${dev.id}`].sort());
  });

  test("without it, the next up names `adopt`, makes nothing twice, and adopting is the way on", async () => {
    const plane = await newPlane(SLOW);
    const stack = await newStack(program(project()), plane.ready);
    const up = stack.startUp();
    const made = await until("the project is there", async () => (await inventory(plane.api, plane.ready.orgId))[0]);
    killProvider(up);
    await up.result;

    const refused = await stack.up();
    expect(refused.code).not.toBe(0);
    expect(output(refused)).toContain(`An object made for this resource by an earlier run exists already: Project ${made.id}`);
    expect(output(refused)).toContain('Take it over with `adopt: "<id>"`');
    expect(output(refused)).not.toMatch(STACK_TRACE);

    await stack.setProgram(program(project("shop", `adopt: "${made.id}"`)));
    await stack.up({ check: true });
    expect(await idsOf(stack)).toEqual([made.id]);
    expect(await names(plane.api, plane.ready.orgId)).toEqual(["shop", "shop/main"]);
  });
});

const idsOf = async (stack: Stack) =>
  Object.values(await readRecorded(stack))
    .map(({ id }) => id)
    .sort();

/** Kills the one dynamic provider among the descendants of a CLI call. */
function killProvider({ pid }: RunningCommand): void {
  const provider = descendants(pid).find((child) => argumentsOf(child).includes("dynamic-provider"));
  if (provider === undefined) throw new Error("no provider runs");
  process.kill(provider, "SIGKILL");
}

function descendants(pid: number): number[] {
  const children = readdirSync("/proc")
    .map(Number)
    .filter((child) => child > 0 && parentOf(child) === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** 0 for a process that has ended meanwhile. */
const parentOf = (pid: number): number => Number(/\) \S (\d+)/.exec(proc(pid, "stat"))?.[1] ?? 0);
const argumentsOf = (pid: number): string => (proc(pid, "cmdline").startsWith("node") ? proc(pid, "cmdline") : "");

function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
