import { diff, gt, parse, type SemVer } from "semver";
import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";

/** `palisade-review.yaml`, read from the base of a change alone: no change lets itself pass. */
const Rules = z.strictObject({
  dependencies: z
    .array(
      z.strictObject({
        /** Names; `*` stands for any characters. */
        packages: z.array(z.string().min(1)).min(1),
        /** The largest version step that is allowed. */
        allow: z.enum(["patch", "minor"]),
      }),
    )
    .default([]),
});
export type CodeRules = z.output<typeof Rules>;
export const NO_RULES: CodeRules = { dependencies: [] };

/** Throws PAL_USAGE. @param value parsed YAML */
export function parseCodeRules(value: unknown, file: string): CodeRules {
  const read = Rules.safeParse(value ?? {});
  if (read.success) return read.data;
  throw new PalisadeError("PAL_USAGE", `${file} cannot be read (${read.error.issues[0]?.path.join(".") || "not an object"})`);
}

/** Whether a rule lets a package come in another version: a step forward, within what is allowed. */
export function isVersionAllowed(rules: CodeRules, name: string, from: string | undefined, to: string | undefined): boolean {
  const [was, is] = [parseVersion(from), parseVersion(to)];
  if (!was || !is || was.range !== is.range || !gt(is.version, was.version)) return false;
  const step = diff(was.version, is.version);
  // Below 1.0.0 every minor version may break, and does.
  const size = step === "patch" || (step === "minor" && is.version.major > 0) ? step : undefined;
  return (
    size !== undefined &&
    rules.dependencies.some(({ packages, allow }) => (allow === size || allow === "minor") && packages.some(createNameMatcher(name)))
  );
}

/** `*` stands for anything. Each part is looked for behind the one before, so that no pattern makes it slow. */
const createNameMatcher =
  (name: string) =>
  (pattern: string): boolean => {
    const [first = "", ...others] = pattern.split("*");
    const last = others.pop();
    if (last === undefined) return name === pattern;
    let at = name.startsWith(first) ? first.length : Infinity;
    for (const part of others) {
      const found = name.indexOf(part, at);
      at = found < 0 ? Infinity : found + part.length;
    }
    return at <= name.length - last.length && name.endsWith(last);
  };

/** An exact version, or one with a range of one character: what else a version can say is not compared. */
function parseVersion(text: string | undefined): { range: string; version: SemVer } | undefined {
  const [, range, exact] = /^([~^]?)(\d+\.\d+\.\d+)$/.exec(text ?? "") ?? [];
  const version = parse(exact);
  return range === undefined || version === null ? undefined : { range, version };
}

const DEPENDENCIES = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
/** What package managers run by themselves. */
const LIFECYCLE = new Set(["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "dependencies"]);
/** Fields that say nothing of what runs. */
const HARMLESS = new Set([
  "name",
  "version",
  "description",
  "keywords",
  "license",
  "author",
  "contributors",
  "repository",
  "homepage",
  "bugs",
  "private",
  "funding",
]);

interface FileTexts {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a changed package.json brings, beyond what the rules let pass. */
export function listManifestChanges({ before, after }: FileTexts, rules: CodeRules): string[] {
  const [was, is] = [parseObject(before), parseObject(after)];
  if (was === undefined || is === undefined) return ["package.json cannot be read"];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((field) => {
    const same = JSON.stringify(was[field]) === JSON.stringify(is[field]);
    if (same || HARMLESS.has(field)) return [];
    if (field === "scripts")
      return listChangedNames(was[field], is[field])
        .filter((name) => LIFECYCLE.has(name))
        .map((name) => `the script ${name}`);
    if (!DEPENDENCIES.includes(field)) return [`the setting ${field}`];
    const [then, now] = [toObject(was[field]), toObject(is[field])];
    return (
      listChangedNames(then, now)
        // What goes away runs no longer.
        .filter((name) => now[name] !== undefined && !isVersionAllowed(rules, name, toText(then[name]), toText(now[name])))
        .map((name) => `the package ${name} ${toText(now[name]) ?? ""}`.trim())
    );
  });
}

const Locked = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  link: z.boolean().optional(),
});
const Lockfile = z.looseObject({ lockfileVersion: z.union([z.literal(2), z.literal(3)]), packages: z.record(z.string(), Locked) });

/** Whether every change of a lockfile of npm is one that the rules let pass: the same packages, from the same place, without new scripts. */
export function isLockfileAllowed({ before, after }: FileTexts, rules: CodeRules): boolean {
  const [was, is] = [Lockfile.safeParse(parseObject(before)), Lockfile.safeParse(parseObject(after))];
  if (!was.success || !is.success) return false;
  const [then, now] = [was.data.packages, is.data.packages];
  return listChangedNames(then, now).every((path) => {
    const [old, next] = [then[path], now[path]];
    // The root's own entry repeats package.json, which is judged by itself.
    if (path === "" || next === undefined) return true;
    if (old === undefined || next.link !== old.link || (next.hasInstallScript === true && old.hasInstallScript !== true)) return false;
    return getHost(next.resolved) === getHost(old.resolved) && isVersionAllowed(rules, getPackageName(path), old.version, next.version);
  });
}

/** `@pulumi/aws` of `node_modules/x/node_modules/@pulumi/aws`. */
const getPackageName = (path: string): string => path.split("node_modules/").at(-1) ?? path;
const getHost = (address: string | undefined): string => /^[a-z+]+:\/\/[^/]*/.exec(address ?? "")?.[0] ?? "";

const toObject = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const toText = (value: unknown): string | undefined =>
  typeof value === "string" ? value : value === undefined ? undefined : JSON.stringify(value);

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return {};
  try {
    return toObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const listChangedNames = (before: unknown, after: unknown): string[] => {
  const [was, is] = [toObject(before), toObject(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
};
