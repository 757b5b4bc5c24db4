import { z } from "zod";
import type { AddressSet } from "../../contract/ranges.js";
import { allowedBy, canonicalRange, parseRange } from "../../contract/ranges.js";
import type { ProjectSettings } from "../../contract/wire/project.js";
import type { Bag, Rule } from "../engine/define.js";

/** Who may try to connect to a project, shared by `Project.network` and `IpAllowlist`. */

export const RangeText = z.string().superRefine((text, context) => {
  const parsed = parseRange(text);
  if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.reason });
});

export const Range = z
  .union([
    RangeText,
    z.strictObject({
      range: RangeText.meta({ description: "Address, CIDR network, or `first-last`." }),
      description: z
        .string()
        .max(200, "must have at most 200 characters")
        .optional()
        .meta({ description: "Whose addresses these are. Kept in the state only." }),
    }),
  ])
  .meta({
    description: "Address, CIDR network or `first-last`, or the same with a description.",
    canonical: (entry: RangeEntry) =>
      typeof entry === "string"
        ? [canonicalRange(entry)]
        : [canonicalRange(entry.range), ...(entry.description ? [entry.description] : [])],
  });
export type RangeEntry = string | { range: string; description?: string | undefined };

export const textOf = (entry: RangeEntry): string => (typeof entry === "string" ? entry : entry.range);

/** Fields beside `allow`. */
export const networkFields = {
  ranges: z.array(Range).optional().meta({
    description:
      'The addresses that may try to connect, when `allow` is "listed": IPv4 and IPv6 addresses, CIDR networks, `first-last` ranges. Order carries no meaning.',
    unordered: true,
  }),
  scope: z
    .enum(["all", "protectedBranches"])
    .optional()
    .meta({
      description:
        'Which branches the list guards, when `allow` is "listed": `all` (default), or only the protected ones, which leaves every other branch open to every address.',
      whenOmitted: "cleared",
      canonical: (scope: string) => (scope === "all" ? undefined : scope),
    }),
  privateEndpoints: z.enum(["allowed", "blocked"]).optional().meta({
    description:
      "Whether private endpoints (AWS PrivateLink) may connect. The address list does not apply to them. Left as it is when omitted.",
  }),
};

export interface Network {
  allow: "listed" | "anywhere" | "nobody" | "elsewhere";
  ranges?: RangeEntry[] | undefined;
  scope?: "all" | "protectedBranches" | undefined;
  privateEndpoints?: "allowed" | "blocked" | undefined;
}

/** @param at the field that holds the network, or undefined when the resource itself is one */
export function networkRules(at: string | undefined): Rule[] {
  const of = (inputs: Bag) => (at === undefined ? inputs : inputs[at]) as Network;
  const needs = at === undefined ? ["allow", "ranges", "scope"] : [at];
  const rule = (field: keyof Network, message: string, holds: (network: Network) => boolean): Rule => ({
    needs,
    property: at === undefined ? field : `${at}.${field}`,
    holds: (inputs) => holds(of(inputs)),
    message,
  });
  return [
    rule(
      "ranges",
      'allow: "listed" needs at least one range; to admit nobody write allow: "nobody", to admit every address allow: "anywhere"',
      ({ allow, ranges }) => allow !== "listed" || (ranges ?? []).length > 0,
    ),
    rule(
      "ranges",
      'ranges belong to allow: "listed"; remove them or write allow: "listed"',
      ({ allow, ranges }) => allow === "listed" || ranges === undefined,
    ),
    rule(
      "scope",
      'scope belongs to allow: "listed"; remove it or write allow: "listed"',
      ({ allow, scope }) => allow === "listed" || scope === undefined,
    ),
    rule(
      "ranges",
      'these ranges admit every IPv4 or every IPv6 address; if that is meant, write allow: "anywhere"',
      ({ allow, ranges }) => allow !== "listed" || !admitsAFamily(ranges ?? []),
    ),
  ];
}

/** Settings that bring a live project to `network`, in one call. Nothing for `elsewhere`: another resource owns it. */
export function toSettings({ allow, ranges = [], scope, privateEndpoints }: Network): ProjectSettings {
  const vpc = privateEndpoints === undefined ? {} : { block_vpc_connections: privateEndpoints === "blocked" };
  switch (allow) {
    case "listed":
      return {
        allowed_ips: { ips: ranges.map(textOf), protected_branches_only: scope === "protectedBranches" },
        block_public_connections: false,
        ...vpc,
      };
    case "anywhere":
      return { allowed_ips: { ips: [], protected_branches_only: false }, block_public_connections: false, ...vpc };
    case "nobody":
      // The list stays as it is: were the block ever lifted, it would still guard.
      return { block_public_connections: true, ...vpc };
    case "elsewhere":
      return vpc;
  }
}

/** Settings a project is born with: never more open than `network`, closed to everyone where another resource will own it. */
export function toFirstSettings(network: Network): ProjectSettings {
  if (network.allow === "elsewhere") return toSettings({ ...network, allow: "nobody" });
  if (network.allow === "anywhere") return toSettings({ ...network, allow: "elsewhere" });
  // Scope `all` until the default branch is protected: under the other it would be open for a moment.
  return toSettings({ ...network, scope: "all" });
}

/** The live network in the program's words; descriptions and spellings come from `recorded`. */
export function fromSettings(settings: ProjectSettings | undefined, recorded: Partial<Network> | undefined): Network {
  const { allowed_ips, block_public_connections, block_vpc_connections } = settings ?? {};
  const privateEndpoints = block_vpc_connections ? "blocked" : "allowed";
  if (recorded?.allow === "elsewhere") return { allow: "elsewhere", privateEndpoints };
  if (block_public_connections) return { allow: "nobody", privateEndpoints };
  const ips = allowed_ips?.ips ?? [];
  if (ips.length === 0) return { allow: "anywhere", privateEndpoints };
  return {
    allow: "listed",
    ranges: inTheWordsOf(recorded?.ranges ?? [], ips),
    ...(allowed_ips?.protected_branches_only && { scope: "protectedBranches" as const }),
    privateEndpoints,
  };
}

/** Live entries, each as `entries` spell and describe it where they have it. */
export function inTheWordsOf(entries: readonly RangeEntry[], ips: readonly string[]): RangeEntry[] {
  const known = new Map(entries.map((entry) => [canonicalRange(textOf(entry)), entry]));
  return ips.map((ip) => known.get(canonicalRange(ip)) ?? ip);
}

/** The live list as disjoint ranges in canonical spelling; empty when nobody or everybody is admitted. */
export const effectiveRanges = (settings: ProjectSettings | undefined): string[] => {
  const ips = settings?.allowed_ips?.ips ?? [];
  return settings?.block_public_connections || ips.length === 0 ? [] : allowedBy(ips).set.toRanges();
};

const FAMILIES = ["0.0.0.0-255.255.255.255", "::/0"].map((range) => allowedBy([range]).set);

function admitsAFamily(ranges: readonly RangeEntry[]): boolean {
  const set: AddressSet = allowedBy(ranges.map(textOf)).set;
  return ranges.length > 0 && FAMILIES.some((family) => set.contains(family));
}
