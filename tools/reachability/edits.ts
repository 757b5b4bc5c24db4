import fc from "fast-check";
import {
  type ChildChoice,
  CHILD,
  addChild,
  isProtected,
  network,
  ownedNetwork,
  buildProject,
  PROJECT,
  type ProjectChoice,
  ranges,
  buildReference,
  removeUndefined,
} from "./declarations.js";
import { type Declaration, type Options, sortByNeeds, type Output, collectOutputs, type Program, isTagged, type Value } from "./program.js";
import { OUTSIDE } from "./trialEnvironment.js";
import { REGION } from "./program.js";

/** Random changes of a program. Each says which resource by a number, so that it means something in every program. */
const which = fc.nat({ max: 15 });

const add = fc.record({ edit: fc.constant("add" as const), child: CHILD });
const addProject = fc.record({ edit: fc.constant("addProject" as const), project: PROJECT });
const remove = fc.record({ edit: fc.constant("remove" as const), which });
/** Other words for what the resource says already. */
const revise = fc.record({
  edit: fc.constant("revise" as const),
  which,
  network,
  owned: ownedNetwork,
  ranges,
  isProtected,
  guards: fc.boolean(),
  onDestroy: fc.constantFrom("keep", "nobody", "anywhere"),
  flag: fc.boolean(),
});
const rename = fc.record({ edit: fc.constant("rename" as const), which, alias: fc.boolean() });
const option = fc.record({
  edit: fc.constant("option" as const),
  which,
  on: which,
  option: fc.constantFrom("protect", "retainOnDelete", "ignoreChanges", "dependsOn"),
});
/** A reference that is derived from one resource and resolves to another; known only after the update where it is made from a new one. */
const redirect = fc.record({
  edit: fc.constant("redirect" as const),
  which,
  target: which,
  through: fc.constantFrom("new", "id", "host"),
});
/** A value that is known only after the update. */
const hide = fc.record({ edit: fc.constant("hide" as const), which });
const reorder = fc.record({ edit: fc.constant("reorder" as const), which });

export const EDIT = fc.oneof(
  { weight: 8, arbitrary: add },
  { weight: 1, arbitrary: addProject },
  { weight: 3, arbitrary: remove },
  { weight: 10, arbitrary: revise },
  { weight: 2, arbitrary: rename },
  { weight: 2, arbitrary: option },
  { weight: 3, arbitrary: redirect },
  { weight: 1, arbitrary: hide },
  { weight: 1, arbitrary: reorder },
);
export type Edit = typeof EDIT extends fc.Arbitrary<infer E> ? E : never;

/** The program after the edit; as it was where the edit would make no program. */
export function applyEdit(program: Program, edit: Edit, name: string): Program {
  const next = applyUnchecked(program, edit, name);
  return sortByNeeds(next) ? next : program;
}

function applyUnchecked(program: Program, edit: Edit, name: string): Program {
  if (edit.edit === "add") return addChild(program, edit.child, name);
  if (edit.edit === "addProject") return [...program, buildProject(name, edit.project)];
  const chosen = program[edit.which % program.length];
  if (!chosen) return program;
  const put = (one: Declaration, more: Program = []): Program => [...program.map((each) => (each === chosen ? one : each)), ...more];
  switch (edit.edit) {
    case "remove":
      return removeDeclaration(program, chosen);
    case "revise":
      return put({ ...chosen, args: reviseArgs(chosen, edit) });
    case "rename": {
      const options: Options = edit.alias ? { ...chosen.options, alias: chosen.name } : chosen.options;
      return renameReferences(put({ ...chosen, name, options }), chosen.name, name);
    }
    case "option":
      return put({ ...chosen, options: toggleOption(chosen, edit.option, program[edit.on % program.length]?.name) });
    case "redirect":
      return redirectReference(program, chosen, edit, name, put);
    case "hide":
      return hideValue(chosen, name, put);
    case "reorder":
      return [chosen, ...program.filter((one) => one !== chosen)];
  }
}

/** Who refers to it keeps the id as a text. */
const removeDeclaration = (program: Program, gone: Declaration): Program =>
  program
    .filter((one) => one !== gone)
    .map((one) => ({
      ...one,
      args: mapReferences(one.args, (output, value) => (output.of === gone.name ? { $literal: output } : value)),
      options: removeDependency(one.options, gone.name),
    }));

const removeDependency = ({ dependsOn, ...options }: Options, gone: string): Options => {
  const left = (dependsOn ?? []).filter((name) => name !== gone);
  return left.length > 0 ? { ...options, dependsOn: left } : options;
};

const renameReferences = (program: Program, from: string, to: string): Program =>
  program.map((one) => ({
    ...one,
    args: mapReferences(one.args, (output, value) =>
      output.of === from && isTagged(value, "$output") ? { $output: { ...output, of: to } } : value,
    ),
    options: one.options.dependsOn
      ? { ...one.options, dependsOn: one.options.dependsOn.map((name) => (name === from ? to : name)) }
      : one.options,
  }));

/** The arguments with every reference replaced. */
function mapReferences(args: Declaration["args"], change: (output: Output, value: Value) => Value): Declaration["args"] {
  const of = (value: Value): Value => {
    if (typeof value !== "object") return value;
    if (Array.isArray(value)) return (value as readonly Value[]).map(of);
    if (isTagged(value, "$vpce")) return value;
    if (isTagged(value, "$output")) return change(value.$output, value);
    if (isTagged(value, "$literal")) return change(value.$literal, value);
    if (isTagged(value, "$apply")) {
      const through = change(value.$apply.through, { $output: value.$apply.through });
      // What is made from nothing any more is what it gives.
      return isTagged(through, "$output")
        ? { $apply: { through: through.$output, gives: of(value.$apply.gives) } }
        : of(value.$apply.gives);
    }
    return Object.fromEntries(Object.entries(value as Record<string, Value>).map(([field, inner]) => [field, of(inner)]));
  };
  return Object.fromEntries(Object.entries(args).map(([field, value]) => [field, of(value)]));
}

type Revision = Extract<Edit, { edit: "revise" }>;

function reviseArgs({ kind, args }: Declaration, edit: Revision): Declaration["args"] {
  const { protected: _p, compute: _c, disabled: _d, allowAll: _a, release: _r, defaultBranch: _b, ...rest } = args;
  const flag = edit.flag ? true : undefined;
  switch (kind) {
    case "Project":
      if (edit.flag) return { ...args, network: edit.network };
      return removeUndefined({ ...rest, defaultBranch: edit.isProtected === undefined ? undefined : { protected: edit.isProtected } });
    case "Branch":
      if (edit.flag) return removeUndefined({ ...args, protected: edit.isProtected });
      return removeUndefined({ ...rest, protected: args["protected"], compute: edit.guards ? "none" : { minCu: 0.25, maxCu: 1 } });
    case "BranchProtection":
      return { ...rest, protected: edit.guards };
    case "ComputeEndpoint":
      return { ...rest, disabled: edit.guards };
    case "IpAllowlist": {
      const { projectId, adopt, onDestroy } = args;
      if (edit.flag) return removeUndefined({ ...edit.owned, projectId, adopt, onDestroy });
      return { ...args, onDestroy: edit.onDestroy };
    }
    case "IpAllowlistEntry":
      return { ...rest, ranges: edit.ranges };
    case "PrivateEndpoint":
      return removeUndefined({ ...rest, release: flag });
    case "VpcEndpointRestriction":
      return removeUndefined({ ...rest, allowAll: flag });
  }
}

/** Inputs worth ignoring, kind by kind. */
const IGNORED: Partial<Record<Declaration["kind"], string>> = {
  Project: "network",
  Branch: "protected",
  BranchProtection: "protected",
  IpAllowlist: "ranges",
  IpAllowlistEntry: "ranges",
};

function toggleOption(
  { kind, name, options }: Declaration,
  option: Extract<Edit, { edit: "option" }>["option"],
  on: string | undefined,
): Options {
  if (option === "dependsOn")
    return on === undefined || on === name ? options : { ...options, dependsOn: [...new Set([...(options.dependsOn ?? []), on])] };
  if (option in options) return Object.fromEntries(Object.entries(options).filter(([key]) => key !== option));
  if (option !== "ignoreChanges") return { ...options, [option]: true };
  const ignored = IGNORED[kind];
  return ignored === undefined ? options : { ...options, ignoreChanges: [ignored] };
}

const DECOY: ProjectChoice = { network: { allow: "nobody", privateEndpoints: "blocked" }, isProtected: undefined };

function redirectReference(
  program: Program,
  chosen: Declaration,
  { target, through }: Extract<Edit, { edit: "redirect" }>,
  name: string,
  put: (one: Declaration, more?: Program) => Program,
): Program {
  const field = ["branch", "branchId", "projectId"].find((one) => typeof chosen.args[one] === "object");
  if (field === undefined) return program;
  const wanted = field === "projectId" ? "Project" : "Branch";
  const honest = collectOutputs(chosen.args[field] as Value, () => false)[0];
  const targets: Output[] =
    field === "projectId"
      ? [
          { of: OUTSIDE, output: "projectId" },
          ...program.filter(({ kind }) => kind === "Project").map((one): Output => ({ of: one.name, output: "projectId" })),
        ]
      : program.flatMap(({ kind, name: of }): Output[] =>
          kind === "Project" ? [{ of, output: "defaultBranchId" }] : kind === "Branch" ? [{ of, output: "branchId" }] : [],
        );
  const gives: Value = { $literal: targets[target % targets.length] ?? { of: OUTSIDE, output: "projectId" } };
  const instead = (from: Output, more: Program = []) =>
    put({ ...chosen, args: { ...chosen.args, [field]: { $apply: { through: from, gives } } } }, more);
  if (through === "new" || honest === undefined || honest.of === OUTSIDE) {
    const decoy = buildProject(name, DECOY);
    const branch: Declaration = {
      kind: "Branch",
      name: `${name}b`,
      args: { projectId: buildReference({ of: name, output: "projectId" }), name: "decoy" },
      options: {},
    };
    return wanted === "Project"
      ? instead({ of: name, output: "projectId" }, [decoy])
      : instead({ of: branch.name, output: "branchId" }, [decoy, branch]);
  }
  return instead(through === "id" ? honest : { of: honest.of, output: "host" });
}

/** A switch or list of the resource comes from a new one. */
function hideValue(chosen: Declaration, name: string, put: (one: Declaration, more?: Program) => Program): Program {
  const field = ["protected", "ranges", "disabled", "allow"].find((one) => chosen.args[one] !== undefined);
  if (field === undefined) return put(chosen);
  const gives = chosen.args[field] as Value;
  return put({ ...chosen, args: { ...chosen.args, [field]: { $apply: { through: { of: name, output: "projectId" }, gives } } } }, [
    { ...buildProject(name, DECOY), args: { name, regionId: REGION, network: DECOY.network } },
  ]);
}

export type { ChildChoice };
