import fc from "fast-check";
import type { Declaration, Output, Program, ReachKind, Value } from "./program.js";
import { OUTSIDE, OWN_ENDPOINTS, UNDECLARED_ENDPOINTS } from "./trialEnvironment.js";
import { REGION } from "./program.js";

/** Random declarations. Which resource one is about is a number that is read against the program it is added to. */

type Args = Record<string, Value>;

const makeOptional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
/** Without what is undefined: a program does not say it. */
export const removeUndefined = (fields: Record<string, Value | undefined>): Args =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Value] => entry[1] !== undefined));

/** The first ones are what an office has; the last ones admit nearly everybody. */
const RANGES = [
  "203.0.113.0/24",
  "198.51.100.7",
  "203.0.113.0/28",
  "2001:db8::/48",
  "192.0.2.0/24",
  "0.0.0.0/1",
  "128.0.0.0/1",
  "64.0.0.0/2",
];
const range = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...RANGES.slice(0, 5)) }, fc.constantFrom(...RANGES.slice(5)));
export const ranges = fc.uniqueArray(range, { minLength: 1, maxLength: 3 }).map((list) => (isEveryAddress(list) ? list.slice(1) : list));
/** The provider refuses both halves in one list. */
const isEveryAddress = (list: readonly string[]): boolean => list.includes("0.0.0.0/1") && list.includes("128.0.0.0/1");

const privateEndpoints = makeOptional(fc.constantFrom("allowed", "blocked"));
const listed = fc
  .record({ ranges, scope: makeOptional(fc.constantFrom("protectedBranches", "all")), privateEndpoints })
  .map((list) => removeUndefined({ allow: "listed", ...list }));
const generateUnlisted = (allow: "anywhere" | "nobody") =>
  privateEndpoints.map((endpoints) =>
    removeUndefined({ allow, acceptLockOut: allow === "nobody" ? true : undefined, privateEndpoints: endpoints }),
  );
const owned = fc.oneof(
  { weight: 6, arbitrary: listed },
  { weight: 1, arbitrary: generateUnlisted("nobody") },
  { weight: 1, arbitrary: generateUnlisted("anywhere") },
);
export const network = fc.oneof(
  { weight: 7, arbitrary: owned },
  { weight: 4, arbitrary: fc.constant<Args>({ allow: "managedSeparately" }) },
);
export const ownedNetwork = owned;
export const isProtected = makeOptional(fc.boolean());

export interface ProjectChoice {
  readonly network: Args;
  readonly isProtected: boolean | undefined;
}
export const PROJECT: fc.Arbitrary<ProjectChoice> = fc.record({ network, isProtected });

export const buildProject = (name: string, choice: ProjectChoice): Declaration => ({
  kind: "Project",
  name,
  options: {},
  args: {
    name,
    regionId: REGION,
    network: choice.network,
    ...(choice.isProtected !== undefined && { defaultBranch: { protected: choice.isProtected } }),
  },
});

const CHILD_KINDS = [
  ...["Branch", "Branch", "Branch", "BranchProtection", "BranchProtection", "IpAllowlist", "IpAllowlist"],
  ...["IpAllowlistEntry", "IpAllowlistEntry", "VpcEndpointRestriction", "PrivateEndpoint", "ComputeEndpoint"],
] as readonly Exclude<ReachKind, "Project">[];

/** Everything that any kind may say; each takes what it knows. */
export const CHILD = fc.record({
  kind: fc.constantFrom(...CHILD_KINDS),
  /** Which project, and which branch of it. */
  project: fc.nat({ max: 7 }),
  branch: fc.nat({ max: 7 }),
  /** How the branch is named: by a word, by reference, or by its id. */
  by: fc.constantFrom("reference", "word", "literal"),
  isProtected,
  guards: fc.boolean(),
  ranges,
  owned,
  compute: fc.option(fc.constantFrom("none", "some"), { nil: undefined, freq: 2 }),
  schemaOnly: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  onDestroy: makeOptional(fc.constantFrom("keep", "nobody", "anywhere")),
  /** Now and then a list is declared that cannot be had. */
  unasked: fc.nat({ max: 7 }),
  endpoint: fc.nat({ max: UNDECLARED_ENDPOINTS + OWN_ENDPOINTS - 1 }),
  allowAll: fc.boolean(),
  disabled: makeOptional(fc.boolean()),
  release: fc.boolean(),
});
export type ChildChoice = typeof CHILD extends fc.Arbitrary<infer C> ? C : never;

/** The project that a new resource is about: one of another stack now and then. */
function selectProject(program: Program, { project }: ChildChoice): string | undefined {
  const projects = program.filter(({ kind }) => kind === "Project").map(({ name }) => name);
  return project === 7 ? OUTSIDE : projects[project % projects.length];
}

/** The network that a new IpAllowlist must take over, where a project declares it. */
function findDeclaredNetwork(program: Program, name: string | undefined): Args | undefined {
  const declared = program.find((one) => one.kind === "Project" && one.name === name)?.args["network"] as Args | undefined;
  return declared?.["allow"] === "managedSeparately" ? undefined : declared;
}

export const needsAdoption = (program: Program, child: ChildChoice): boolean =>
  child.kind === "IpAllowlist" && findDeclaredNetwork(program, selectProject(program, child)) !== undefined;

/** The program with one more resource, where there is a place for it. */
export function addChild(program: Program, child: ChildChoice, name: string): Program {
  const project = selectProject(program, child);
  const { kind } = child;
  if (kind === "PrivateEndpoint") {
    const number = findFreeEndpoint(program);
    if (number === undefined) return program;
    const args = removeUndefined({ regionId: REGION, vpcEndpointId: { $vpce: number }, release: child.release ? true : undefined });
    return [...program, { kind, name, args, options: {} }];
  }
  if (project === undefined) return program;
  const network = findDeclaredNetwork(program, project);
  const choice = network && child.unasked > 0 ? { ...child, owned: network } : child;
  const adopted =
    kind === "IpAllowlist" && network && child.unasked > 0 ? { adopt: { $literal: { of: project, output: "projectId" as const } } } : {};
  const args = buildArgs(kind, choice, name, {
    projectId: buildReference({ of: project, output: "projectId" }),
    branch: selectBranch(program, project, child),
    endpoint: selectEndpoint(program, child),
  });
  return [...program, { kind, name, args: { ...args, ...adopted }, options: {} }];
}

/** An endpoint that neither somebody else nor the program has assigned. */
function findFreeEndpoint(program: Program): number | undefined {
  const taken = new Set(program.map(({ kind, args }) => (kind === "PrivateEndpoint" ? JSON.stringify(args["vpcEndpointId"]) : "")));
  return Array.from({ length: OWN_ENDPOINTS }, (_, index) => UNDECLARED_ENDPOINTS + index).find(
    (number) => !taken.has(JSON.stringify({ $vpce: number })),
  );
}

/** An endpoint that the organisation has: somebody else's, or one that the program assigns. */
function selectEndpoint(program: Program, { endpoint }: ChildChoice): Value {
  const own = program.flatMap(({ kind, name }): Value[] =>
    kind === "PrivateEndpoint" ? [{ $output: { of: name, output: "vpcEndpointId" } }] : [],
  );
  const all: Value[] = [{ $vpce: 0 }, ...own];
  return all[endpoint % all.length] as Value;
}

/** Of what the stack does not declare, only the id is there. */
export const buildReference = (output: Output): Value => (output.of === OUTSIDE ? { $literal: output } : { $output: output });

/** The branches of a project, the default one first. */
function selectBranch(program: Program, project: string, { branch, by }: Pick<ChildChoice, "branch" | "by">): Value {
  const branches: Output[] = [
    { of: project, output: "defaultBranchId" },
    ...program.flatMap(({ kind, name, args }): Output[] =>
      kind === "Branch" && JSON.stringify(args["projectId"]).includes(`"${project}"`) ? [{ of: name, output: "branchId" }] : [],
    ),
  ];
  const chosen = branches[branch % branches.length] as Output;
  return by === "literal" ? { $literal: chosen } : buildReference(chosen);
}

type ParentValues = Record<"projectId" | "branch" | "endpoint", Value>;

function buildArgs(kind: ChildChoice["kind"], child: ChildChoice, name: string, { projectId, branch, endpoint }: ParentValues): Args {
  switch (kind) {
    case "Branch":
      return removeUndefined({
        projectId,
        name,
        protected: child.isProtected,
        parentBranchId: child.branch > 3 ? branch : undefined,
        initSource: child.schemaOnly ? "schema-only" : undefined,
        compute: child.compute === "none" ? "none" : child.compute && { minCu: 0.25, maxCu: 1 },
      });
    case "BranchProtection":
      return { projectId, branch: child.by === "word" ? "default" : branch, protected: child.guards };
    case "IpAllowlist":
      return removeUndefined({ projectId, ...child.owned, onDestroy: child.onDestroy });
    case "IpAllowlistEntry":
      return { projectId, ranges: child.ranges };
    case "VpcEndpointRestriction":
      return removeUndefined({ projectId, vpcEndpointId: endpoint, allowAll: child.allowAll ? true : undefined });
    case "ComputeEndpoint":
      return removeUndefined({ projectId, branchId: branch, type: "read_only", minCu: 0.25, maxCu: 1, disabled: child.disabled });
    case "PrivateEndpoint":
      return {};
  }
}
