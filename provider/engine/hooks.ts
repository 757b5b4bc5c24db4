import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { checkAt, type HostOf } from "./checkAt.js";
import { type Declarations, declarerOf, isTakenOver, keysOf, type Others } from "./declarations.js";
import type { Bag, Observed, Shape, Slice } from "./define.js";
import { changes, fieldsOf, withoutRepeats } from "./fields.js";
import { formatId, type Id, parseId } from "./ids.js";
import { Claims } from "./held.js";
import { obtain } from "./obtain.js";
import { project } from "./project.js";
import { reserved } from "./reserved.js";
import { type Session, sessionAndLive, type Sessions, sessionOf } from "./session.js";
import { bare, engineFields, failing, halfMadeOnError, plain } from "./show.js";
import { mustBeThere, sync } from "./sync.js";
import { mustBeKnown, SCHEMA_VERSION } from "./version.js";

export interface Hooks {
  check: (olds: Bag, news: Bag) => Promise<{ inputs: Bag; failures: { property: string; reason: string }[] }>;
  diff: (id: string, olds: Bag, news: Bag) => Promise<{ changes: true | undefined; replaces: string[] }>;
  create: (news: Bag) => Promise<{ id: string; outs: Bag }>;
  read: (id: string, props: Bag) => Promise<{ id: string; props: Bag; inputs?: Bag }>;
  update: (id: string, olds: Bag, news: Bag) => Promise<{ outs: Bag }>;
  delete: (id: string, props: Bag) => Promise<void>;
}

/**
 * One resource as Pulumi's engine calls it. Observe, ensure, sync, return: the live object decides, and every step can run again.
 * check and diff never touch the network.
 */
export function hooks<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  sessions: Sessions<Ctx>,
  declarations: Declarations,
  hostOf: HostOf = async (account) => (await sessions(account)).configured.host,
): Hooks {
  const schema = slice.inputs.extend(reserved.shape);
  const once = fieldsOf(slice.outputs)
    .filter(([, field]) => field.meta()?.onlyAtCreate)
    .map(([name]) => name);
  const idOf = (text: string) => parseId(slice.id, text) as Id<T>;
  /** Ids that this run has seen in the state: none of them is a leftover. */
  const recordedIds = new Set<string>();
  const claims = new Claims();
  const { turns } = declarations;
  const guard = failing(schema, slice.outputs);

  return {
    check: (olds, news) => guard([olds, news], () => checkAt(slice, bare(olds), bare(news), hostOf)),

    // `changes` stays undefined: the engine compares the inputs itself and so can show reviewers every property. Time alone changes no input.
    diff: (id, olds, news) =>
      guard([olds, news], () => {
        mustBeKnown(olds);
        recordedIds.add(id);
        const again = declared(id, olds, news).again();
        const replacing = changes(slice.inputs, olds, bare(news)).filter(({ field }) => field.meta()?.onChange === "replace");
        return { changes: again || slice.due?.(olds, Date.now()) === true || undefined, replaces: replacing.map(({ path }) => path) };
      }),

    create: (news) =>
      guard([news], async () => {
        const session = await sessions(news["account"] as string | undefined);
        const origin = await session.origin();
        const inputs = schema.parse(bare(news)) as Bag;
        const made = await turns.run(slice.kind, slice.follows.create, () =>
          obtain(slice, session, withoutRepeats(slice.inputs, inputs), { recordedIds, declarations, claims }),
        );
        const id = formatId(slice.id, made.id);
        const known = { ...news, ...made.once, origin, schemaVersion: SCHEMA_VERSION, declaration: made.declaration };
        const others = declared(id, known, inputs);
        return halfMadeOnError(id, known, async () => {
          await made.settle?.();
          const olds = { ...inputs, ...made.once };
          const live = made.seen ?? mustBeThere(slice, id, await slice.observe(session.ctx, idOf(id), olds));
          return { id, outs: outs(await sync(slice, session.ctx, id, { olds, inputs, known, live, others }), inputs, known) };
        });
      }),

    read: (id, props) =>
      guard([props], async () => {
        recordedIds.add(id);
        const recorded = "schemaVersion" in props;
        const { session, origin } = await sessionOf(sessions, props);
        const seen = await slice.observe(session.reading, idOf(id), props);
        if (!seen) {
          if (!recorded) throw new PalisadeError("PAL_GET_ABSENT", `${slice.kind} ${id}`);
          await slice.proveGone(session.ctx, idOf(id));
          return { id: "", props: {} };
        }
        const live = { ...seen.inputs, ...engineFields(props) };
        const declared = recorded ? project(schema, live, props) : live;
        const known = { ...props, origin, schemaVersion: SCHEMA_VERSION };
        return { id, props: outs(seen, declared, known), inputs: plain({ ...declared, __provider: props["__provider"] }) };
      }),

    update: (id, olds, news) =>
      guard([olds, news], async () => {
        claims.release(id);
        const look = ({ changing }: Session<Ctx>) => slice.observe(changing, idOf(id), olds);
        const { session, origin, live } = await sessionAndLive(sessions, olds, news["account"], look);
        const inputs = schema.parse(bare(news)) as Bag;
        const known = { ...olds, ...news, origin, schemaVersion: SCHEMA_VERSION };
        const others = declared(id, olds, inputs);
        return halfMadeOnError(id, known, async () => {
          const wanted = { olds, inputs, known, live: mustBeThere(slice, id, live), others };
          return { outs: outs(await sync(slice, session.ctx, id, wanted), inputs, known) };
        });
      }),

    delete: (id, props) =>
      guard([props], async () => {
        const { session } = await sessionOf(sessions, props);
        declarations.refuseIfAskedFor(slice.kind, id, props);
        const others = declarations.besides(declarerOf(id, props));
        if (isTakenOver(slice, id, others)) {
          declarations.say(`${slice.kind} ${id}: left as it is, another resource of this stack declares it`);
          return;
        }
        claims.release(id);
        const remove = () => session.removal(() => slice.remove(session.ctx, idOf(id), props, others));
        try {
          await turns.run(slice.kind, slice.follows.remove, remove);
        } catch (error) {
          if (!isPalisadeError(error, "PAL_NOT_FOUND") || (await slice.observe(session.ctx, idOf(id), props))) throw error;
          await slice.proveGone(session.ctx, idOf(id));
        }
      }),
  };

  function declared(id: string, recorded: Bag, inputs: Bag): Others {
    const declarer = declarerOf(id, recorded);
    declarations.declare(declarer, keysOf(slice, id, inputs));
    return declarations.besides(declarer);
  }

  function outs(seen: Observed<I, O>, declared: Bag, known: Bag): Bag {
    const kept = Object.fromEntries(once.map((name) => [name, known[name]]));
    return plain({
      ...declared,
      ...kept,
      ...seen.outputs,
      origin: known["origin"],
      schemaVersion: known["schemaVersion"],
      declaration: known["declaration"],
      __provider: known["__provider"],
    });
  }
}
