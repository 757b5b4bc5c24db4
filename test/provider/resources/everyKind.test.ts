import { formatErrorMessage } from "../../../contract/errors.js";
import type { Plane } from "../../../contract/plane.js";
import type { Resource } from "../../../provider/engine/define.js";
import { listFields } from "../../../provider/engine/fields.js";
import { catalogue } from "../../../provider/resources/index.js";
import { type Call, watchCalls } from "../../../tools/reliability/callWatcher.js";
import { readInventory, compareInventories } from "../../../tools/reliability/inventory.js";
import { withPlane } from "../../../tools/reliability/testPlane.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { API_KINDS, type ApiKind } from "../../../tools/reliability/resourcePrograms.js";
import { SiteFactory, type Phase, type Scenario, SCENARIOS, type Site } from "../../../tools/reliability/site.js";
import { createEmptyState, type RecordedResource, type State, runUp } from "../../../tools/reliability/pulumiUp.js";
import { start } from "../../reliability/start.js";

/** What must hold for every kind alike: an object that vanished, one that is somebody's already, and one that cannot be deleted. */
let lane: SiteFactory;
let stop: () => void;
let stopped: Promise<void>;

beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    stopped = withPlane(start, (plane: Plane) => {
      lane = new SiteFactory(plane.ready);
      ready();
      return new Promise<void>((end) => (stop = end));
    });
    stopped.catch(failed);
  });
});
afterAll(async () => {
  stop();
  await stopped;
});

interface World {
  site: Site;
  kind: ApiKind;
  state: State;
  recorded: RecordedResource;
  /** A new process of the provider, of this stack unless another is named. */
  process: (stackId?: string) => ReturnType<typeof startProviderProcess>;
}

async function inWorld(scenario: Scenario, work: (world: World) => Promise<void>): Promise<void> {
  const site = await lane.createSite(scenario);
  try {
    const kind = scenario.kind as ApiKind;
    const process = (stackId = site.stackId) => startProviderProcess(site.access, { stackId });
    const state = createEmptyState();
    await runUp(process(), kind, state, site.program("create"));
    await work({ site, kind, state, process, recorded: state.current as RecordedResource });
  } finally {
    await site.clear();
  }
}

/** Calls that might have changed something. */
async function calls({ site }: World, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const before = ({ method, path }: Call) => Promise.resolve(void seen.push(`${method} ${path}`));
  await watchCalls(site.access.apiUrl, { before, after: () => undefined }, work);
  return seen;
}

/** One life of each kind; of a person that of a member, because no call takes an invitation back. */
const ONE_EACH = API_KINDS.map((kind) => SCENARIOS.find((each) => each.kind === kind && (kind !== "OrganizationMember" || each.member)))
  .filter((each) => each !== undefined)
  .map((each): [string, Scenario] => [each.kind, each]);

/** Texts in a value of any shape that are long enough to be known again. */
const textsOf = (value: unknown): string[] =>
  typeof value === "string" ? (value.length >= 4 ? [value] : []) : value instanceof Object ? Object.values(value).flatMap(textsOf) : [];

test.each(ONE_EACH)("%s: an output that repeats what an input says declares it, so that it is secret when the input is", (_, scenario) =>
  inWorld(scenario, async ({ kind, recorded: { inputs, outs } }) => {
    const slice: Resource = catalogue[kind];
    const { projectId: _p, branchId: _b, orgId: _o, managedBy: _m, __provider: _t, ...given } = inputs;
    for (const [output, field] of listFields(slice.outputs)) {
      // How a connection is checked is a word of libpq, whatever the inputs say.
      const said = textsOf(outs[output]).map((text) => text.replace("sslmode=verify-full", ""));
      const repeated = Object.keys(given).filter((input) => textsOf(given[input]).some((text) => said.some((one) => one.includes(text))));
      expect((field.meta()?.derivedFrom ?? []).map((path) => path.split(".")[0])).toEqual(expect.arrayContaining(repeated));
    }
    await Promise.resolve();
  }),
);

describe("an object that vanished", () => {
  /** These declare a part of something: they vanish with it. */
  const PARTS: readonly string[] = ["BranchProtection", "IpAllowlist", "IpAllowlistEntry"];

  /** Somebody else deletes it. */
  async function vanish({ site, kind, state, process }: World): Promise<void> {
    const theirs = structuredClone(state);
    for (const phase of ["update", "delete"] satisfies Phase[]) await runUp(process(), kind, theirs, site.program(phase));
    if (PARTS.includes(kind)) await site.admin.callOrThrow("DELETE", `/projects/${site.place.projectId}`);
  }

  it.each(ONE_EACH)("%s: leaves the state by a refresh, is not updated, and its deletion is done", (_, scenario) =>
    inWorld(scenario, async (world) => {
      const { kind, process, recorded } = world;
      await vanish(world);
      expect(await process().hooks[kind].read(recorded.id, recorded.outs)).toEqual({ id: "", props: {} });
      await expect(process().hooks[kind].update(recorded.id, recorded.outs, recorded.inputs)).rejects.toThrow("PAL_GONE");
      await expect(process().hooks[kind].delete(recorded.id, recorded.outs)).resolves.toBeUndefined();
    }),
  );

  it.each(ONE_EACH)("%s: nothing vanishes because everything but the organisation answers 404", (_, scenario) =>
    inWorld(scenario, async ({ kind, process, recorded: { id, outs } }) => {
      const real = globalThis.fetch;
      globalThis.fetch = (input, init) =>
        new URL(input instanceof Request ? input.url : input).pathname.endsWith("/users/me/organizations")
          ? real(input, init)
          : Promise.resolve(Response.json({ request_id: "r", code: "", message: "not found" }, { status: 404 }));
      try {
        await expect(process().hooks[kind].read(id, outs)).rejects.toThrow("PAL_NOT_FOUND");
      } finally {
        globalThis.fetch = real;
      }
    }),
  );
});

describe("an object that is there already", () => {
  /** What a second declaration of it answers; undefined: declaring it twice is the same as once. */
  const refusal = (kind: ApiKind): string | undefined => {
    const slice: Resource = catalogue[kind];
    return "findByName" in slice ? "PAL_NAME_HELD" : "find" in slice ? "PAL_LEFTOVER" : undefined;
  };

  it.each(ONE_EACH)("%s: is not taken without `adopt`, nothing is made beside it, and the refusal names it", (_, scenario) =>
    inWorld(scenario, async (world) => {
      const { site, kind, recorded } = world;
      const { adopt: _adopt, ...program } = site.program("create") ?? {};
      const before = await readInventory(site.admin, site.access.orgId, site.names);
      const again = createEmptyState();
      const made = runUp(startProviderProcess(site.access), kind, again, program);
      const expected = refusal(kind);
      if (expected === undefined) await made;
      else {
        const complaint = await made.then(() => "nothing", formatErrorMessage);
        expect(complaint).toContain(expected);
        expect(complaint).toContain(recorded.id);
        expect(again.current).toBeUndefined();
      }
      expect(compareInventories(before, await readInventory(site.admin, site.access.orgId, site.names))).toEqual([]);
    }),
  );

  const ONE_HOLDER = ONE_EACH.filter(([kind]) => kind === "Branch" || "findByName" in catalogue[kind as ApiKind]);

  it.each(ONE_HOLDER)("%s: is not removed after its declaration was renamed and refused, though the run goes on", (_, scenario) =>
    inWorld(scenario, async ({ site, kind, process, recorded }) => {
      const run = process().hooks[kind];
      const { adopt: _adopt, managedBy, ...program } = site.program("create") ?? {};
      const { inputs } = await run.check({}, { ...program, managedBy: `${String(managedBy)}-renamed` });
      await expect(run.create(inputs)).rejects.toThrow(/PAL_NAME_HELD|PAL_RENAMED/);
      await expect(run.delete(recorded.id, recorded.outs)).rejects.toThrow("PAL_STILL_ASKED_FOR");
      expect((await process().hooks[kind].read(recorded.id, recorded.outs)).id).toBe(recorded.id);
    }),
  );

  it.each(ONE_HOLDER)("%s: is removed when it is replaced, though another declaration asks for it", (_, scenario) =>
    inWorld(scenario, async ({ site, kind, process, recorded }) => {
      const run = process().hooks[kind];
      const { adopt: _adopt, managedBy, ...program } = site.program("create") ?? {};
      const { inputs } = await run.check({}, { ...program, managedBy: `${String(managedBy)}-other` });
      await expect(run.create(inputs)).rejects.toThrow(/PAL_NAME_HELD|PAL_RENAMED/);
      await run.diff(recorded.id, recorded.outs, recorded.inputs);
      expect(await run.delete(recorded.id, recorded.outs).then(() => "removed", formatErrorMessage)).not.toContain("PAL_STILL_ASKED_FOR");
    }),
  );

  it.each(ONE_EACH)("%s: is taken by `adopt` without a call when it equals the program", (_, scenario) =>
    inWorld(scenario, async (world) => {
      const { site, kind, recorded, process } = world;
      const taking = createEmptyState();
      expect(await calls(world, () => runUp(process(), kind, taking, { ...site.program("create"), adopt: recorded.id }))).toEqual([]);
      expect(taking.current?.id).toBe(recorded.id);
    }),
  );

  // Of a rotation only the program knows.
  it.each(ONE_EACH.filter(([kind]) => kind !== "RotatingRole"))("%s: is not adopted when it differs from the program", (_, scenario) =>
    inWorld(scenario, async (world) => {
      const { site, kind, recorded, process } = world;
      const refused = createEmptyState();
      const program = { ...site.program("update"), adopt: recorded.id };
      const made = await calls(world, () => expect(runUp(process(), kind, refused, program)).rejects.toThrow("PAL_ADOPT_DIFFERS"));
      expect(made).toEqual([]);
      expect(refused.current).toBeUndefined();
    }),
  );

  const MARKED = ONE_EACH.filter(([kind]) => "find" in catalogue[kind as ApiKind]);

  it.each(MARKED)(
    "%s: is adopted by another resource than the one its mark names only where the mark is of this very stack",
    (_, scenario) =>
      inWorld(scenario, async ({ site, kind, recorded, process }) => {
        const program = { ...site.program("create"), managedBy: "urn:another", adopt: recorded.id };
        const other = process("00000000-0000-4000-8000-000000000000");
        await expect(runUp(other, kind, createEmptyState(), program)).rejects.toThrow("PAL_ADOPT_FOREIGN");
        const taking = createEmptyState();
        // The mark of a key cannot tell of which stack it is.
        if (kind === "ApiKey") return expect(runUp(process(), kind, taking, program)).rejects.toThrow("PAL_ADOPT_FOREIGN");
        await runUp(process(), kind, taking, program);
        expect(taking.current?.id).toBe(recorded.id);
      }),
  );

  // The name of a key holds a hash of its stack's id: who only looks at the key cannot tell whose it is.
  it.each(MARKED.filter(([kind]) => kind !== "ApiKey"))("%s: is not adopted by another stack than the one its mark names", (_, scenario) =>
    inWorld(scenario, async ({ site, kind, recorded, process }) => {
      const other = process("00000000-0000-4000-8000-000000000000");
      const program = { ...site.program("create"), adopt: recorded.id };
      await expect(runUp(other, kind, createEmptyState(), program)).rejects.toThrow("PAL_ADOPT_FOREIGN");
    }),
  );
});

describe("an object whose deletion is refused", () => {
  /** Deleting the resource leaves the object alone, by design. */
  const KEPT: readonly string[] = ["BranchProtection", "IpAllowlist", "PrivateEndpoint"];
  const DELETED = ONE_EACH.filter(([kind]) => !KEPT.includes(kind));

  it.each(DELETED.flatMap(([kind, scenario]) => [403, 409, 422].map((status): [string, number, Scenario] => [kind, status, scenario])))(
    "%s: is kept in the state when the answer is %d, and is there as before",
    (_, status, scenario) =>
      inWorld(scenario, async ({ site, kind, recorded: { id, outs }, process }) => {
        let first: Call | undefined;
        const before = async (call: Call) => {
          first ??= call;
          if (call.method === first.method && call.path === first.path)
            await site.admin.callOrThrow("POST", "/x-palisade/test/faults", { ...call, kind: "status", status });
        };
        await watchCalls(site.access.apiUrl, { before, after: () => undefined }, () =>
          expect(process().hooks[kind].delete(id, outs)).rejects.toThrow(/\[PAL_/),
        );
        await site.admin.callOrThrow("DELETE", "/x-palisade/test/faults");
        expect(first).toBeDefined();
        expect((await process().hooks[kind].read(id, outs)).props).toEqual(outs);
      }),
    20_000,
  );

  it.each(ONE_EACH.filter(([kind]) => KEPT.includes(kind)))("%s: is left as it is, without a call", (_, scenario) =>
    inWorld(scenario, async (world) => {
      const { kind, recorded, process } = world;
      expect(await calls(world, () => process().hooks[kind].delete(recorded.id, recorded.outs))).toEqual([]);
      expect((await process().hooks[kind].read(recorded.id, recorded.outs)).props).toEqual(recorded.outs);
    }),
  );

  it.each(ONE_EACH.filter(([kind]) => kind === "Project" || kind === "Branch"))("%s: is not deleted while it is protected", (_, scenario) =>
    inWorld(scenario, async ({ kind, recorded: { id, outs }, process }) => {
      await expect(process().hooks[kind].delete(id, outs)).rejects.toThrow(/protected.*\[PAL_REFUSED\]/s);
      expect((await process().hooks[kind].read(id, outs)).id).toBe(id);
    }),
  );
});
