import fc from "fast-check";
import type { Properties } from "../../provider/engine/define.js";
import { computeChanges, listFields } from "../../provider/engine/fields.js";
import { type Call, watchCalls } from "./callWatcher.js";
import { EDITS, selectIdentityInputs } from "./editGenerators.js";
import { startProviderProcess } from "./providerProcess.js";
import { API_KINDS, type ApiKind } from "./resourcePrograms.js";
import { assertEqual, type Property, getResource } from "./pureProperties.js";
import { respell } from "./respell.js";
import type { SiteFactory, Site } from "./site.js";
import { createEmptyState, type RecordedResource, type State, runUp } from "./pulumiUp.js";

/** What holds for every program of every resource on a plane, through the real client. */
export function createPlaneProperties(factory: SiteFactory): Property[] {
  const property = (
    title: string,
    edits: number,
    holds: (resource: ResourceOnSite, programs: Properties[]) => Promise<void>,
  ): Property => ({
    title,
    run: (bounds) => {
      const given = fc
        .constantFrom(...API_KINDS)
        .chain((kind) => fc.record({ kind: fc.constant(kind), edits: fc.array(EDITS[kind], { minLength: 1, maxLength: edits }) }));
      return fc.check(
        fc.asyncProperty(given, async ({ kind, edits: list }) => {
          const resource = await ResourceOnSite.create(factory, kind);
          try {
            await holds(resource, list);
          } finally {
            await resource.clear();
          }
        }) as fc.IAsyncProperty<unknown>,
        // A smaller case would cost minutes.
        { ...bounds, endOnFailure: true },
      );
    },
  });

  return [
    property("applied twice: the second time nothing is called", 1, async (resource, [edit = {}]) => {
      await resource.runUp(edit);
      assertEqual("the calls", await resource.runUp(edit), []);
    }),
    property("applied and refreshed: nothing differs", 1, async (resource, [edit = {}]) => {
      const { id, inputs, outs } = await resource.apply(edit);
      const seen = await resource.startHooks().read(id, outs);
      assertEqual("the outputs", seen.props, outs);
      assertEqual("the inputs", seen.inputs, inputs);
    }),
    property("said in other words: nothing is called", 1, async (resource, [edit = {}]) => {
      await resource.runUp(edit);
      assertEqual("the calls", await resource.runUp(edit, (program) => respell(getResource(resource.kind).inputs, program)), []);
    }),
    property("what was applied is adopted as it is", 1, async (resource, [edit = {}]) => {
      const { id, inputs } = await resource.apply(edit);
      const adopting = createEmptyState();
      assertEqual("the calls", await resource.runUp(edit, (program) => ({ ...program, adopt: id }), adopting), []);
      const { adopt: _, ...adopted } = adopting.current?.inputs ?? {};
      assertEqual("the id", adopting.current?.id, id);
      assertEqual("the inputs", adopted, inputs);
    }),
    property("what is added to a program is so afterwards", 1, async (resource, [edit = {}]) => {
      const { inputs: schema } = getResource(resource.kind);
      const optional = listFields(schema).filter(([name, field]) => name in edit && field.safeParse(undefined).success);
      for (const [name] of optional) {
        const { [name]: _, ...without } = edit;
        // Some fields need each other.
        if (!(await resource.isAccepted(without))) continue;
        // Nor does the plane take what would lock everyone out.
        await resource.runUp(without).catch((error: unknown) => {
          if (!String(error).includes("[PAL_LOCK_OUT]")) throw error;
        });
        await resource.runUp(edit);
        const added = computeChanges(schema, await resource.readDeclared(), edit);
        assertEqual(
          "what differs",
          added.map(({ path, before: from, after: to }) => [path, from, to]),
          [],
        );
      }
    }),
    property("edits one after another end where the last one alone does", 5, async (resource, edits) => {
      let last: Properties = {};
      for (const edit of edits) {
        await resource.runUp(edit);
        last = edit;
      }
      const live = resource.removeIdentityInputs(await resource.readDeclared());
      const fresh = await ResourceOnSite.create(factory, resource.kind);
      await fresh.runUp(last);
      const alone = fresh.removeIdentityInputs(await fresh.readDeclared());
      const { inputs: schema } = getResource(resource.kind);
      const differing = [...computeChanges(schema, live, alone), ...computeChanges(schema, alone, live)];
      assertEqual(
        "what differs",
        differing.map(({ path, before: from, after: to }) => [path, from, to]),
        [],
      );
    }),
  ];
}

/** A site with one resource. */
class ResourceOnSite {
  private readonly state = createEmptyState();

  private constructor(
    private readonly site: Site,
    readonly kind: ApiKind,
  ) {}

  static async create(factory: SiteFactory, kind: ApiKind): Promise<ResourceOnSite> {
    return new ResourceOnSite(await factory.createSite({ title: kind, kind, phases: [] }), kind);
  }

  clear = () => this.site.clear();
  startHooks = () => startProviderProcess(this.site.access, this.site).hooks[this.kind];

  private buildProgram(edit: Properties): Properties {
    return { ...selectIdentityInputs(this.kind, this.site.program("create") ?? {}), ...edit };
  }

  /** Whether the program's own checks take it. */
  async isAccepted(edit: Properties): Promise<boolean> {
    return (await this.startHooks().check({}, this.buildProgram(edit))).failures.length === 0;
  }

  /** @returns the calls that might have changed something */
  async runUp(
    edit: Properties,
    inOtherWords: (program: Properties) => Properties = (program) => program,
    state: State = this.state,
  ): Promise<string[]> {
    const calls: string[] = [];
    const watcher = {
      before: ({ method, path }: Call) => Promise.resolve(void calls.push(`${method} ${path}`)),
      after: () => undefined,
    };
    await watchCalls(this.site.access.apiUrl, watcher, () =>
      runUp(startProviderProcess(this.site.access, this.site), this.kind, state, inOtherWords(this.buildProgram(edit))),
    );
    return calls;
  }

  async apply(edit: Properties): Promise<RecordedResource> {
    await this.runUp(edit);
    const { current } = this.state;
    if (!current) throw new Error("nothing is recorded");
    return current;
  }

  /** What a refresh shows: the live values of what the program says, and of what its silence clears. */
  async readDeclared(): Promise<Properties> {
    const { current } = this.state;
    return (await this.startHooks().read(current?.id ?? "", current?.outs ?? {})).inputs ?? {};
  }

  /** Without what belongs to the place. */
  removeIdentityInputs(inputs: Properties): Properties {
    const own = selectIdentityInputs(this.kind, this.site.program("create") ?? {});
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => !(name in own)));
  }
}
