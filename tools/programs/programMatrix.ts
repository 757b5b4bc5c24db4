import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Properties, Resource } from "../../provider/engine/define.js";
import { computeChanges } from "../../provider/engine/fields.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { Stack } from "../pulumi/stack.js";
import { type Outcomes, readOutcomes } from "../reliability/engineOutcomes.js";
import { type StartPlane, withPlane } from "../reliability/testPlane.js";
import { type Access, startProviderProcess } from "../reliability/providerProcess.js";
import { type RecordedState, readRecorded } from "../reliability/readRecorded.js";
import { SiteFactory } from "../reliability/site.js";
import { EXPECTED, listNamesInId, PROGRAM, type Shape, SHAPES } from "./shapes.js";

/** One kind in one shape. */
export interface Cell {
  title: string;
  kind: Kind;
  shape: Shape;
  /** What became of it, in words; `wrong` where that is not as it must be. */
  summary: string;
  wrong?: string;
}

interface Subject {
  title: string;
  kind: Kind;
  shape: Shape;
  inputs: Properties;
  /** The same, changed in every field. */
  changed: Properties;
  inId: readonly string[];
}

/**
 * All but the one that speaks to a vault alone, which test/engine/customerKeys.test.ts has in programs, and the one that needs a signature for each
 * object: test/provider/resources/temporaryAccess.test.ts.
 */
const APART: readonly Kind[] = ["KeyVaultRotationPolicy", "TemporaryAccess"];
export const KINDS: readonly Kind[] = (Object.keys(catalogue) as Kind[]).filter((kind) => !APART.includes(kind));

/** Every kind in every shape, in one stack: made, previewed before it is, changed as the shape says, and read by another process. */
export const runProgramMatrix = (start: StartPlane, kinds: readonly Kind[], shapes: readonly Shape[]): Promise<Cell[]> =>
  withPlane(
    (options) => start({ ...options, computes: kinds.includes("RoleGrants") ? "postgres" : "records" }),
    async ({ ready }) => {
      const subjects = await createSubjects(ready, kinds, shapes);
      const stack = await Stack.create({ program: PROGRAM, env: { NEON_API_KEY: ready.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
      try {
        await stack.init({ "palisade:apiUrl": ready.apiUrl, "palisade:stackId": randomUUID() });
        return await run(stack, ready, subjects);
      } finally {
        await stack.dispose();
      }
    },
  );

/** The kinds side by side: making a place is mostly waiting for operations. */
async function createSubjects(access: Access, kinds: readonly Kind[], shapes: readonly Shape[]): Promise<Subject[]> {
  const factory = new SiteFactory(access);
  const subjects = kinds.map(async (kind) => {
    const ofKind: Subject[] = [];
    for (const shape of shapes) ofKind.push(await createSubject(factory, kind, shape));
    return ofKind;
  });
  return (await Promise.all(subjects)).flat();
}

async function createSubject(factory: SiteFactory, kind: Kind, shape: Shape): Promise<Subject> {
  const title = `${kind} ${shape}`;
  const site = await factory.createSite({ title, kind, phases: [] });
  const [inputs, changed] = (["create", "update"] as const).map((phase) => {
    const { managedBy: _, ...given } = site.program(phase) ?? {};
    return given;
  }) as [Properties, Properties];
  const region = kind === "PrivateEndpoint" ? { regionId: getRegion(shape) } : {};
  return { title, kind, shape, inputs: { ...inputs, ...region }, changed: { ...changed, ...region }, inId: listNamesInId(kind) };
}

/** One region holds ten VPC endpoints. */
const getRegion = (shape: Shape): string => (SHAPES.indexOf(shape) % 2 === 0 ? "aws-us-west-2" : "aws-us-east-1");

async function run(stack: Stack, access: Access, subjects: readonly Subject[]): Promise<Cell[]> {
  const write = (second: (subject: Subject) => boolean, state: Record<string, RecordedState> = {}) =>
    writeFile(
      join(stack.project, "cells.json"),
      JSON.stringify(subjects.map((subject) => ({ ...subject, second: second(subject), id: state[subject.title]?.id }))),
    );
  const up = async (args = ["--continue-on-error", "--parallel", "32"]) => readOutcomes(await stack.up({ args, deadlineMs: DEADLINE_MS }));
  await write(() => false);
  const previewed = readOutcomes(await stack.preview());
  const first = await up();
  const before = await readRecorded(stack);
  await write((subject) => !isStopped(subject), before);
  const second = await up();
  const after = await readRecorded(stack);
  const third = await up();
  const refusals = await readRefusals(stack);
  const alone = new Map<Subject, Outcomes>();
  for (const subject of subjects.filter(isStopped)) {
    await write((other) => other === subject || !isStopped(other), before);
    alone.set(subject, await up(["--target", `**::${subject.title}`]));
  }
  const { hooks } = startProviderProcess(access);
  const live = async (kind: Kind, { id = "", outputs = {} }: RecordedState, wanted: Properties): Promise<Properties | undefined> =>
    (await hooks[kind].read(id, { ...removeSecrets(outputs), ...wanted })).inputs;
  return Promise.all(
    subjects.map(async (subject) => {
      const { title, kind, shape } = subject;
      const once = shape === "alias" || shape === "renamed" ? `${title} once` : title;
      const verdict = await checkSubject(subject, {
        early: previewed.findComplaint(once) ?? first.findComplaint(once),
        second: alone.get(subject) ?? second,
        third,
        refusal: refusals[title],
        before: before[once],
        after: after[title],
        live: (state, wanted) => live(kind, state, wanted),
      });
      return { title, kind, shape, ...verdict };
    }),
  );
}

/**
 * A program that fails ends every cell, and the engine of 3.245 never ends when a deletion before a replacement is refused under
 * `--continue-on-error`: each of these has an update of its own, which stops at it.
 */
const isStopped = ({ kind, shape }: Subject): boolean => {
  const expected = EXPECTED[shape](kind);
  return "refused" in expected && expected.stops === true;
};

/** A secret of the state is an object that holds its ciphertext. */
const removeSecrets = (outputs: Properties): Properties =>
  Object.fromEntries(Object.entries(outputs).filter(([, value]) => !JSON.stringify(value).includes('"ciphertext"')));

/** A hundred creations after another, on a busy machine. */
const DEADLINE_MS = 600_000;

interface Observations {
  early: string | undefined;
  second: Outcomes;
  third: Outcomes;
  refusal: string | undefined;
  before: RecordedState | undefined;
  after: RecordedState | undefined;
  live: (state: RecordedState, wanted: Properties) => Promise<Properties | undefined>;
}

async function checkSubject(
  { title, kind, shape, inputs, changed }: Subject,
  seen: Observations,
): Promise<Pick<Cell, "summary" | "wrong">> {
  const { early, second, third, refusal, before, after, live } = seen;
  const expected = EXPECTED[shape](kind);
  const bad = (wrong: string) => ({ summary: "WRONG", wrong });
  if (early !== undefined) return bad(`first: ${early}`);
  const complaint = second.findComplaint(title) ?? refusal;
  if ("refused" in expected) {
    const isSaid = (text: string | undefined) => text?.includes(`[${expected.refused}]`) === true;
    if (!isSaid(complaint)) return bad(complaint ?? "it was not refused");
    const isLost = before !== undefined && !(await live(before, inputs));
    // The refusal must repeat: an object recreated under its own name would look as if it had stayed.
    const isLifted = expected.stops !== true && !isSaid(third.findComplaint(title) ?? refusal);
    return isLost || isLifted ? bad("it was refused, and what was there before is gone") : { summary: expected.refused };
  }
  if (complaint !== undefined) return bad(complaint);
  if ("kept" in expected) return before && (await live(before, inputs)) ? { summary: "ok: kept" } : bad("it is gone");
  const operations = second.listOperations(title);
  if (!expected.operations.every((operation) => operations.includes(operation))) return bad(`the engine did ${operations.join(", ")}`);
  if (!after) return bad("it is not recorded");
  const wanted = shape === "replaceOnChanges" || shape === "deleteBeforeReplace" ? changed : inputs;
  const differing = computeChanges((catalogue[kind] as Resource).inputs, (await live(after, wanted)) ?? {}, wanted).map(({ path }) => path);
  if (differing.length > 0) return bad(`what the program declares is not so: ${differing.join(", ")}`);
  const again = third.listOperations(title).filter((operation) => operation !== "same" && operation !== "read");
  if (again.length > 0) return bad(`a further up does ${again.join(", ")}`);
  return { summary: expected.operations.includes("create-replacement") ? "ok: replaced" : "ok" };
}

/** What the constructors of the program refused. */
async function readRefusals(stack: Stack): Promise<Record<string, string>> {
  const { stdout } = await stack.run(["stack", "output", "--json"], { check: true });
  return (JSON.parse(stdout) as { refusals?: Record<string, string> }).refusals ?? {};
}
