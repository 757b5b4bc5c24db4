import fc from "fast-check";
import type { Bag } from "../../provider/engine/define.js";
import { changes } from "../../provider/engine/fields.js";
import { type Call, watching } from "./calls.js";
import { EDITS, identity } from "./generators.js";
import { startProcess } from "./process.js";
import { API_KINDS, type ApiKind } from "./programs.js";
import { mustEqual, type Property, sliceOf } from "./pureProperties.js";
import { respell } from "./respell.js";
import type { Lane, Site } from "./site.js";
import { emptyState, type Recorded, type State, up } from "./up.js";

/** What holds for every program of every resource on a plane, through the real client. */
export function planeProperties(lane: Lane): Property[] {
  const property = (title: string, edits: number, holds: (world: World, programs: Bag[]) => Promise<void>): Property => ({
    title,
    run: (bounds) => {
      const given = fc
        .constantFrom(...API_KINDS)
        .chain((kind) => fc.record({ kind: fc.constant(kind), edits: fc.array(EDITS[kind], { minLength: 1, maxLength: edits }) }));
      return fc.check(
        fc.asyncProperty(given, async ({ kind, edits: list }) => {
          const world = await World.in(lane, kind);
          try {
            await holds(world, list);
          } finally {
            await world.clear();
          }
        }) as fc.IAsyncProperty<unknown>,
        // A smaller case would cost minutes.
        { ...bounds, endOnFailure: true },
      );
    },
  });

  return [
    property("applied twice: the second time nothing is called", 1, async (world, [edit = {}]) => {
      await world.up(edit);
      mustEqual("the calls", await world.up(edit), []);
    }),
    property("applied and refreshed: nothing differs", 1, async (world, [edit = {}]) => {
      const { id, inputs, outs } = await world.applied(edit);
      const seen = await world.process().read(id, outs);
      mustEqual("the outputs", seen.props, outs);
      mustEqual("the inputs", seen.inputs, inputs);
    }),
    property("said in other words: nothing is called", 1, async (world, [edit = {}]) => {
      await world.up(edit);
      mustEqual("the calls", await world.up(edit, (program) => respell(sliceOf(world.kind).inputs, program)), []);
    }),
    property("what was applied is adopted as it is", 1, async (world, [edit = {}]) => {
      const { id, inputs } = await world.applied(edit);
      const adopting = emptyState();
      mustEqual("the calls", await world.up(edit, (program) => ({ ...program, adopt: id }), adopting), []);
      const { adopt: _, ...adopted } = adopting.current?.inputs ?? {};
      mustEqual("the id", adopting.current?.id, id);
      mustEqual("the inputs", adopted, inputs);
    }),
    property("edits one after another end where the last one alone does", 5, async (world, edits) => {
      let last: Bag = {};
      for (const edit of edits) {
        await world.up(edit);
        last = edit;
      }
      const live = world.neutral(await world.declaredAndLive());
      const anew = await World.in(lane, world.kind);
      await anew.up(last);
      const alone = anew.neutral(await anew.declaredAndLive());
      const { inputs: schema } = sliceOf(world.kind);
      const differing = [...changes(schema, live, alone), ...changes(schema, alone, live)];
      mustEqual(
        "what differs",
        differing.map(({ path, from, to }) => [path, from, to]),
        [],
      );
    }),
  ];
}

/** A site with one resource. */
class World {
  private readonly state = emptyState();

  private constructor(
    private readonly site: Site,
    readonly kind: ApiKind,
  ) {}

  static async in(lane: Lane, kind: ApiKind): Promise<World> {
    return new World(await lane.site({ title: kind, kind, phases: [] }), kind);
  }

  clear = () => this.site.clear();
  process = () => startProcess(this.site.access, this.site).hooks[this.kind];

  private programOf(edit: Bag): Bag {
    return { ...identity(this.kind, this.site.program("create") ?? {}), ...edit };
  }

  /** @returns the calls that might have changed something */
  async up(edit: Bag, inOtherWords: (program: Bag) => Bag = (program) => program, state: State = this.state): Promise<string[]> {
    const calls: string[] = [];
    const watcher = {
      before: ({ method, path }: Call) => Promise.resolve(void calls.push(`${method} ${path}`)),
      after: () => undefined,
    };
    await watching(this.site.access.apiUrl, watcher, () =>
      up(startProcess(this.site.access, this.site), this.kind, state, inOtherWords(this.programOf(edit))),
    );
    return calls;
  }

  async applied(edit: Bag): Promise<Recorded> {
    await this.up(edit);
    const { current } = this.state;
    if (!current) throw new Error("nothing is recorded");
    return current;
  }

  /** What a refresh shows: the live values of what the program says, and of what its silence clears. */
  async declaredAndLive(): Promise<Bag> {
    const { current } = this.state;
    return (await this.process().read(current?.id ?? "", current?.outs ?? {})).inputs ?? {};
  }

  /** Without what belongs to the place. */
  neutral(inputs: Bag): Bag {
    const own = identity(this.kind, this.site.program("create") ?? {});
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => !(name in own)));
  }
}
