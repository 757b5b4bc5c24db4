import { type Change, type ResourceChange } from "./change.js";
import { parseClassName } from "../../contract/typeToken.js";
import type { Plugin } from "./plugins.js";
import type { UnjudgedPart } from "./effects.js";

/** The program, its packages and policy packs run with the stack's secrets at every preview and update. */
export const PROGRAM_CODE = "what the program's own code does while it runs";

/** What the program could run before the change, as the commit that it is compared with lists it. */
export interface BaseListing {
  /** Packages of Pulumi providers, such as `aws`. */
  readonly packages: ReadonlySet<string>;
  /** Whether a rule of that commit lets the provider come in another version. */
  readonly mayMove: (packageName: string, from: string | undefined, to: string | undefined) => boolean;
}

/**
 * Code that the update would run with the stack's secrets at hand, and that nobody here knows: dynamic providers that are not ours, resources
 * that run commands, plugins that neither the recorded state nor the base of the change has. Pure.
 */
export function listUnknownCode(change: Change, base?: BaseListing): UnjudgedPart[] {
  const recorded = listRecordedPackages(change);
  const custom = listCustomResources(change);
  const commands = listCommandPackages(change);
  const known = (name: string) => BUILT_IN.has(name) || recorded.has(name) || base?.packages.has(name) === true;
  const plugins = (change.plugins.planned ?? []).flatMap((plugin) => findPluginFault(plugin, change.plugins.recorded ?? [], known, base));
  const told = new Set(plugins.map(({ packageName }) => packageName));
  return [
    ...change.resources.flatMap((resource) => findResourceCode(resource, commands)),
    ...plugins.map(({ urn, why }) => ({ urn, why })),
    ...change.resources.flatMap(({ urn, type, op }) => {
      const name = getPackageName(type);
      if (op === "same" || op === "delete" || !custom.has(urn) || known(name) || told.has(name)) return [];
      told.add(name);
      return [{ urn, why: formatUnlisted(name) }];
    }),
  ];
}

const formatUnlisted = (name: string): string =>
  `the provider ${name} is neither recorded nor listed at the base of the change: its code would run with the stack's secrets`;

/** The engine's own, and its host of dynamic providers, whose every resource is looked at by itself. */
const BUILT_IN: ReadonlySet<string> = new Set(["pulumi-nodejs"]);
const PROVIDER = "pulumi:providers:";

const getPackageName = (type: string): string =>
  type.startsWith(PROVIDER) ? type.slice(PROVIDER.length) : (/^[^:]*/.exec(type)?.[0] ?? type);

/** Providers whose resources run programs, or write files that programs are read from, where the update runs. */
const COMMANDS: ReadonlySet<string> = new Set(["command", "local", "null", "external", "ansible", "shell"]);
/** Bases of parameterized providers that run what their parameter holds: provisioners of Terraform modules among it. */
const COMMAND_BASES = ["terraform-module"];

function listCommandPackages({ plugins }: Change): ReadonlySet<string> {
  const based = [...(plugins.planned ?? []), ...(plugins.recorded ?? [])].filter(({ source = "" }) =>
    COMMAND_BASES.some((name) => source.includes(`"name":"${name}"`)),
  );
  return new Set([...COMMANDS, ...based.map((plugin) => plugin.package)]);
}

function listRecordedPackages({ resources, plugins }: Change): ReadonlySet<string> {
  const used = resources.flatMap(({ before }) => (before && !before.type.startsWith(PROVIDER) ? [getPackageName(before.type)] : []));
  return new Set([...used, ...(plugins.recorded ?? []).map((plugin) => plugin.package)]);
}

/**
 * Resources that a plugin owns. A component is none: it is made of resources that are looked at by themselves. Without a plan it is not known
 * whether a plugin builds the component, so all count.
 */
function listCustomResources({ preview, plugins }: Change): ReadonlySet<string> {
  const steps = preview.steps.filter((step) => plugins.planned === undefined || (step.new ?? step.old)?.custom === true);
  return new Set(steps.filter(({ type }) => !type.startsWith("pulumi:")).map(({ urn }) => urn));
}

const DYNAMIC = /^pulumi-(?:nodejs|python):/;

function findResourceCode({ urn, type, kind, op, before, after }: ResourceChange, commands: ReadonlySet<string>): UnjudgedPart[] {
  if (after === undefined || kind !== undefined || parseClassName(type) !== undefined) return [];
  const [was, is] = [before?.inputs["__provider"], after.inputs["__provider"]];
  // Of equal outcome to the provider's own diff, and yet other code for the next refresh or destroy.
  const changed = op !== "same" || JSON.stringify(was) !== JSON.stringify(is);
  if (!changed) return [];
  if (DYNAMIC.test(type) || is !== undefined)
    return [{ urn, why: "it is a dynamic resource that is not Palisade's: its code runs with the stack's secrets, and is not known" }];
  if (commands.has(getPackageName(type)))
    return [{ urn, why: `resources of the provider ${getPackageName(type)} run commands or write files where the update runs` }];
  return [];
}

interface PluginFault extends UnjudgedPart {
  readonly packageName: string;
}

/** What is wrong with a plugin that the change would start: nobody has recorded it, or it is another one than was recorded. */
function findPluginFault(
  plugin: Plugin,
  recorded: readonly Plugin[],
  known: (name: string) => boolean,
  base: BaseListing | undefined,
): PluginFault[] {
  const { urn, package: name, version, source } = plugin;
  const fault = (why: string): PluginFault[] => [{ urn, why, packageName: name }];
  const others = recorded.filter((one) => one.package === name);
  if (others.some((one) => one.version === version && one.source === source)) return [];
  if (!known(name)) return fault(formatUnlisted(name));
  if (!others.some((one) => one.source === source) && source !== undefined)
    return fault(`the code of the provider ${name} would come from another source than is recorded`);
  if (others.length === 0) {
    // The host of dynamic providers comes with the engine; one that is named by version would be somebody's own.
    return BUILT_IN.has(name) && version !== undefined ? fault(formatOtherVersion(name, version, "the engine's own")) : [];
  }
  if (!others.some((one) => one.source === source)) return fault(`the code of the provider ${name} would come from another source`);
  if (others.some((one) => base?.mayMove(name, one.version, version) === true)) return [];
  return fault(formatOtherVersion(name, version, [...new Set(others.map((one) => one.version ?? "any"))].join(", ")));
}

const formatOtherVersion = (name: string, version: string | undefined, recorded: string): string =>
  `the provider ${name} would run in another version (${version ?? "any"}) than is recorded (${recorded}): its code is not known`;
