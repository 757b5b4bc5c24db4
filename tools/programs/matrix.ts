import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bag, Resource } from "../../provider/engine/define.js";
import { changes } from "../../provider/engine/fields.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { Stack } from "../pulumi/stack.js";
import { type Outcomes, outcomesOf } from "../reliability/outcomes.js";
import { type StartPlane, withPlane } from "../reliability/plane.js";
import { type Access, startProcess } from "../reliability/process.js";
import { type OurState, recorded } from "../reliability/recorded.js";
import { Lane } from "../reliability/site.js";
import { EXPECTED, namesInId, PROGRAM, type Shape, SHAPES } from "./shapes.js";

/** One kind in one shape. */
export interface Cell {
  title: string;
  kind: Kind;
  shape: Shape;
  /** What became of it, in words; `wrong` where that is not as it must be. */
  says: string;
  wrong?: string;
}

interface Subject {
  title: string;
  kind: Kind;
  shape: Shape;
  inputs: Bag;
  /** The same, changed in every field. */
  changed: Bag;
  inId: readonly string[];
}

/** All but the one that speaks to a vault alone: test/engine/customerKeys.test.ts has it in programs. */
export const KINDS: readonly Kind[] = (Object.keys(catalogue) as Kind[]).filter((kind) => kind !== "KeyVaultRotationPolicy");

/** Every kind in every shape, in one stack: made, previewed before it is, changed as the shape says, and looked at with another process. */
export const programs = (start: StartPlane, kinds: readonly Kind[], shapes: readonly Shape[]): Promise<Cell[]> =>
  withPlane(
    (options) => start({ ...options, computes: kinds.includes("RoleGrants") ? "postgres" : "records" }),
    async ({ ready }) => {
      const subjects = await subjectsOn(ready, kinds, shapes);
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
async function subjectsOn(access: Access, kinds: readonly Kind[], shapes: readonly Shape[]): Promise<Subject[]> {
  const lane = new Lane(access);
  const subjects = kinds.map(async (kind) => {
    const ofKind: Subject[] = [];
    for (const shape of shapes) ofKind.push(await subjectOn(lane, kind, shape));
    return ofKind;
  });
  return (await Promise.all(subjects)).flat();
}

async function subjectOn(lane: Lane, kind: Kind, shape: Shape): Promise<Subject> {
  const title = `${kind} ${shape}`;
  const site = await lane.site({ title, kind, phases: [] });
  const [inputs, changed] = (["create", "update"] as const).map((phase) => {
    const { managedBy: _, ...given } = site.program(phase) ?? {};
    return given;
  }) as [Bag, Bag];
  const region = kind === "PrivateEndpoint" ? { regionId: regionOf(shape) } : {};
  return { title, kind, shape, inputs: { ...inputs, ...region }, changed: { ...changed, ...region }, inId: namesInId(kind) };
}

/** One region holds ten VPC endpoints. */
const regionOf = (shape: Shape): string => (SHAPES.indexOf(shape) % 2 === 0 ? "aws-us-west-2" : "aws-us-east-1");

async function run(stack: Stack, access: Access, subjects: readonly Subject[]): Promise<Cell[]> {
  const write = (second: (subject: Subject) => boolean, state: Record<string, OurState> = {}) =>
    writeFile(
      join(stack.project, "cells.json"),
      JSON.stringify(subjects.map((subject) => ({ ...subject, second: second(subject), id: state[subject.title]?.id }))),
    );
  const up = async (args = ["--continue-on-error", "--parallel", "32"]) => outcomesOf(await stack.up({ args, deadlineMs: DEADLINE_MS }));
  await write(() => false);
  const previewed = outcomesOf(await stack.preview());
  const first = await up();
  const before = await recorded(stack);
  await write((subject) => !isStopped(subject), before);
  const second = await up();
  const after = await recorded(stack);
  const third = await up();
  const refusals = await refusalsOf(stack);
  const alone = new Map<Subject, Outcomes>();
  for (const subject of subjects.filter(isStopped)) {
    await write((other) => other === subject || !isStopped(other), before);
    alone.set(subject, await up(["--target", `**::${subject.title}`]));
  }
  const { hooks } = startProcess(access);
  const live = async (kind: Kind, { id = "", outputs = {} }: OurState, wanted: Bag): Promise<Bag | undefined> =>
    (await hooks[kind].read(id, { ...withoutSecrets(outputs), ...wanted })).inputs;
  return Promise.all(
    subjects.map(async (subject) => {
      const { title, kind, shape } = subject;
      const once = shape === "alias" || shape === "renamed" ? `${title} once` : title;
      const verdict = await judge(subject, {
        early: previewed.complaint(once) ?? first.complaint(once),
        ...{ second: alone.get(subject) ?? second, third, refusal: refusals[title] },
        ...{ was: before[once], is: after[title], live: (state, wanted) => live(kind, state, wanted) },
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
const withoutSecrets = (outputs: Bag): Bag =>
  Object.fromEntries(Object.entries(outputs).filter(([, value]) => !JSON.stringify(value).includes('"ciphertext"')));

/** A hundred creations after another, on a busy machine. */
const DEADLINE_MS = 600_000;

interface Seen {
  early: string | undefined;
  second: Outcomes;
  third: Outcomes;
  refusal: string | undefined;
  was: OurState | undefined;
  is: OurState | undefined;
  live: (state: OurState, wanted: Bag) => Promise<Bag | undefined>;
}

async function judge({ title, kind, shape, inputs, changed }: Subject, seen: Seen): Promise<Pick<Cell, "says" | "wrong">> {
  const { early, second, third, refusal, was, is, live } = seen;
  const expected = EXPECTED[shape](kind);
  const bad = (wrong: string) => ({ says: "WRONG", wrong });
  if (early !== undefined) return bad(`first: ${early}`);
  const complaint = second.complaint(title) ?? refusal;
  if ("refused" in expected) {
    const isSaid = (text: string | undefined) => text?.includes(`[${expected.refused}]`) === true;
    if (!isSaid(complaint)) return bad(complaint ?? "it was not refused");
    const isLost = was !== undefined && !(await live(was, inputs));
    // What held it must hold it again: made anew under its own name, it would look as if it had stayed.
    const isLifted = expected.stops !== true && !isSaid(third.complaint(title) ?? refusal);
    return isLost || isLifted ? bad("it was refused, and what was there before is gone") : { says: expected.refused };
  }
  if (complaint !== undefined) return bad(complaint);
  if ("kept" in expected) return was && (await live(was, inputs)) ? { says: "ok: kept" } : bad("it is gone");
  const operations = second.operations(title);
  if (!expected.operations.every((operation) => operations.includes(operation))) return bad(`the engine did ${operations.join(", ")}`);
  if (!is) return bad("it is not recorded");
  const wanted = shape === "replaceOnChanges" || shape === "deleteBeforeReplace" ? changed : inputs;
  const differing = changes((catalogue[kind] as Resource).inputs, (await live(is, wanted)) ?? {}, wanted).map(({ path }) => path);
  if (differing.length > 0) return bad(`what the program declares is not so: ${differing.join(", ")}`);
  const again = third.operations(title).filter((operation) => operation !== "same" && operation !== "read");
  if (again.length > 0) return bad(`a further up does ${again.join(", ")}`);
  return { says: expected.operations.includes("create-replacement") ? "ok: replaced" : "ok" };
}

/** What the constructors of the program refused. */
async function refusalsOf(stack: Stack): Promise<Record<string, string>> {
  const { stdout } = await stack.run(["stack", "output", "--json"], { check: true });
  return (JSON.parse(stdout) as { refusals?: Record<string, string> }).refusals ?? {};
}
