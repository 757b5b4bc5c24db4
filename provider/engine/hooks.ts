import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { checkForHost, type HostResolver } from "./checkForHost.js";
import { type Declarations, getDeclarer, isTakenOver, listDeclaredKeys } from "./declarations.js";
import type { OtherDeclarations } from "./otherDeclarations.js";
import type { Properties, Observed, Shape, Slice } from "./define.js";
import { computeChanges, listFields, deduplicateSets } from "./fields.js";
import { formatId, type Id, parseId } from "./ids.js";
import { NameClaims } from "./nameConflicts.js";
import { obtain } from "./obtain.js";
import { projectLiveInputs } from "./projectLiveInputs.js";
import { reserved } from "./reservedInputs.js";
import { type Session, openSessionAndObserve, type Sessions, openSession } from "./session.js";
import { omitStoredProvider, pickReservedInputs, sanitizeErrors, attachStateToErrors, toPlainJson } from "./sanitize.js";
import { assertPresent, sync } from "./sync.js";
import { assertSupportedSchemaVersion, SCHEMA_VERSION } from "./schemaVersion.js";

export interface Hooks {
  check: (olds: Properties, news: Properties) => Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  diff: (id: string, olds: Properties, news: Properties) => Promise<{ changes: true | undefined; replaces: string[] }>;
  create: (news: Properties) => Promise<{ id: string; outs: Properties }>;
  read: (id: string, props: Properties) => Promise<{ id: string; props: Properties; inputs?: Properties }>;
  update: (id: string, olds: Properties, news: Properties) => Promise<{ outs: Properties }>;
  delete: (id: string, props: Properties) => Promise<void>;
}

/**
 * One resource as Pulumi's engine calls it. Observe, ensure, sync, return: the live object decides, and every step can run again.
 * check and diff never touch the network.
 */
export function createHooks<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  sessions: Sessions<Ctx>,
  declarations: Declarations,
  hostOf: HostResolver = async (account) => (await sessions(account)).configured.host,
): Hooks {
  const schema = slice.inputs.extend(reserved.shape);
  const once = listFields(slice.outputs)
    .filter(([, field]) => field.meta()?.onlyAtCreate)
    .map(([name]) => name);
  const idOf = (text: string) => parseId(slice.id, text) as Id<T>;
  /** Ids that this run has seen in the state: none of them is a leftover. */
  const recordedIds = new Set<string>();
  const claims = new NameClaims();
  const { orderedCalls: turns } = declarations;
  const guard = sanitizeErrors(schema, slice.outputs);

  return {
    check: (olds, news) => guard([olds, news], () => checkForHost(slice, omitStoredProvider(olds), omitStoredProvider(news), hostOf)),

    // `changes` stays undefined: the engine compares the inputs itself and so can show reviewers every property. Time alone changes no input.
    diff: (id, olds, news) =>
      guard([olds, news], () => {
        assertSupportedSchemaVersion(olds);
        recordedIds.add(id);
        const again = declared(id, olds, news).mustResend();
        const replacing = computeChanges(slice.inputs, olds, omitStoredProvider(news)).filter(
          ({ field }) => field.meta()?.onChange === "replace",
        );
        return { changes: again || slice.isDue?.(olds, Date.now()) === true || undefined, replaces: replacing.map(({ path }) => path) };
      }),

    create: (news) =>
      guard([news], async () => {
        const session = await sessions(news["account"] as string | undefined);
        const origin = await session.getOrigin();
        const inputs = schema.parse(omitStoredProvider(news)) as Properties;
        const made = await turns.run(slice.kind, slice.follows.create, () =>
          obtain(slice, session, deduplicateSets(slice.inputs, inputs), { recordedIds, declarations, claims }),
        );
        const id = formatId(slice.id, made.id);
        const known = { ...news, ...made.createOnlyOutputs, origin, schemaVersion: SCHEMA_VERSION, declaration: made.declaration };
        const others = declared(id, known, inputs);
        return attachStateToErrors(id, known, async () => {
          await made.settle?.();
          const olds = { ...inputs, ...made.createOnlyOutputs };
          const live = made.seen ?? assertPresent(slice, id, await slice.observe(session.ctx, idOf(id), olds));
          return { id, outs: outs(await sync(slice, session.ctx, id, { before: olds, inputs, known, live, others }), inputs, known) };
        });
      }),

    read: (id, props) =>
      guard([props], async () => {
        recordedIds.add(id);
        const recorded = "schemaVersion" in props;
        const { session, origin } = await openSession(sessions, props);
        const seen = await slice.observe(session.refreshCtx, idOf(id), props);
        if (!seen) {
          if (!recorded) throw new PalisadeError("PAL_GET_ABSENT", `${slice.kind} ${id}`);
          await slice.proveGone(session.ctx, idOf(id));
          return { id: "", props: {} };
        }
        const live = { ...seen.inputs, ...pickReservedInputs(props) };
        const declared = recorded ? projectLiveInputs(schema, live, props) : live;
        const known = { ...props, origin, schemaVersion: SCHEMA_VERSION };
        return { id, props: outs(seen, declared, known), inputs: toPlainJson({ ...declared, __provider: props["__provider"] }) };
      }),

    update: (id, olds, news) =>
      guard([olds, news], async () => {
        claims.release(id);
        const look = ({ updateCtx: changing }: Session<Ctx>) => slice.observe(changing, idOf(id), olds);
        const { session, origin, live } = await openSessionAndObserve(sessions, olds, news["account"], look);
        const inputs = schema.parse(omitStoredProvider(news)) as Properties;
        const known = { ...olds, ...news, origin, schemaVersion: SCHEMA_VERSION };
        const others = declared(id, olds, inputs);
        return attachStateToErrors(id, known, async () => {
          const wanted = { before: olds, inputs, known, live: assertPresent(slice, id, live), others };
          return { outs: outs(await sync(slice, session.ctx, id, wanted), inputs, known) };
        });
      }),

    delete: (id, props) =>
      guard([props], async () => {
        const { session } = await openSession(sessions, props);
        declarations.assertNotRefused(slice.kind, id, props);
        const others = declarations.getOthers(getDeclarer(id, props));
        if (isTakenOver(slice, id, others)) {
          declarations.addNotice(`${slice.kind} ${id}: not deleted, because another resource of this stack declares it`);
          return;
        }
        claims.release(id);
        const remove = () => session.runRemoval(() => slice.remove(session.ctx, idOf(id), props, others));
        try {
          await turns.run(slice.kind, slice.follows.remove, remove);
        } catch (error) {
          if (!isPalisadeError(error, "PAL_NOT_FOUND") || (await slice.observe(session.ctx, idOf(id), props))) throw error;
          await slice.proveGone(session.ctx, idOf(id));
        }
      }),
  };

  function declared(id: string, recorded: Properties, inputs: Properties): OtherDeclarations {
    const declarer = getDeclarer(id, recorded);
    declarations.declare(declarer, listDeclaredKeys(slice, id, inputs));
    return declarations.getOthers(declarer);
  }

  function outs(seen: Observed<I, O>, declared: Properties, known: Properties): Properties {
    const kept = Object.fromEntries(once.map((name) => [name, known[name]]));
    return toPlainJson({
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
