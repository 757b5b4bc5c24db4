import type { ProjectFacts } from "../../contract/reachability.js";
import type { Network } from "../../provider/resources/network.js";
import type { Managed } from "./applied.js";
import { APPLY, type Closing, type Item, LEFT_REMEDY, projectRef } from "./item.js";
import { filled } from "./leftSwitches.js";
import type { LiveProject } from "./observe.js";
import { type Rewrite, rewrite } from "./rewrite.js";
import { withFacts } from "../reachability/edits.js";

/** No address, so a list of it admits nobody; an empty one would admit everybody. */
const NO_ADDRESS = "nobody";
/** A list that cannot be empty. */
export const listOf = (ips: readonly string[]): readonly string[] => (ips.length > 0 ? ips : [NO_ADDRESS]);

interface Wanted {
  /** Who is to be admitted now; undefined where the stack does not say. */
  readonly network: Network | undefined;
  /** Ranges that are to be in the list now. */
  readonly standing: readonly string[];
  /** Whether entries have ended that still admit somebody. */
  readonly someEnded: boolean;
}

/** Blocks, scope, and a list that is there or not. */
export function settingsItems(live: LiveProject, { network, standing, someEnded }: Wanted): Item[] {
  const settings = live.project.settings ?? {};
  const { block_public_connections: blocked = false, allowed_ips } = settings;
  const ips = allowed_ips?.ips ?? [];
  if (network === undefined)
    return !blocked && ips.length === 0 && standing.length > 0
      ? [emptied(live, standing, allowed_ips?.protected_branches_only ?? false)]
      : [];
  const scoped = allowed_ips?.protected_branches_only ?? false;
  const items: (Item | undefined)[] = [
    // Where all entries have ended the overdue ones are told, and enforcing them blocks.
    network.allow === "nobody" && !blocked && !someEnded
      ? settingItem(
          live,
          "public-access-unblocked",
          "Nobody was to connect from the internet, and the block is lifted.",
          ["blocked", "not blocked"],
          {
            ...{ revert: { blockPublicConnections: true }, apply: { blockPublicConnections: false } },
            means: "opens",
            closing: [
              "block connections from the internet",
              (fresh) => (fresh.block_public_connections ? undefined : { block_public_connections: true }),
            ],
          },
        )
      : undefined,
    network.allow !== "nobody" && blocked
      ? settingItem(live, "public-access-blocked", "Connections from the internet are blocked.", ["not blocked", "blocked"], {
          ...{ revert: { blockPublicConnections: false }, apply: { blockPublicConnections: true } },
        })
      : undefined,
    network.allow === "listed" && ips.length === 0 ? emptied(live, standing, network.scope === "protectedBranches") : undefined,
    network.allow === "anywhere" && ips.length > 0
      ? settingItem(
          live,
          "list-set",
          "A list keeps addresses out where every one was admitted.",
          ["every address", `${ips.length} entries`],
          {
            ...{ revert: { ips: [] }, apply: { ips: ips } },
          },
        )
      : undefined,
    network.allow === "listed" && ips.length > 0 && scoped !== (network.scope === "protectedBranches")
      ? settingItem(live, "scope-changed", "The list guards other branches than it was to.", [scopeText(!scoped), scopeText(scoped)], {
          ...{ revert: { protectedBranchesOnly: !scoped }, apply: { protectedBranchesOnly: scoped } },
          ...(scoped && {
            closing: [
              "let the list guard every branch",
              ({ allowed_ips: fresh }) =>
                fresh?.ips?.length && fresh.protected_branches_only
                  ? { allowed_ips: { ips: fresh.ips, protected_branches_only: false } }
                  : undefined,
            ] as const,
          }),
        })
      : undefined,
  ];
  return items.filter((item) => item !== undefined);
}

/** Also where the stack declares entries of the list alone. */
const emptied = (live: LiveProject, standing: readonly string[], scoped: boolean): Item =>
  settingItem(live, "list-emptied", "The list is empty, which admits every address.", [`${standing.length} entries`, "every address"], {
    ...{ revert: { ips: listOf(standing), protectedBranchesOnly: scoped }, apply: { ips: [] } },
    closing: [
      "put the declared list back",
      (fresh) =>
        (fresh.allowed_ips?.ips ?? []).length > 0 ? undefined : { allowed_ips: { ips: [...standing], protected_branches_only: scoped } },
    ],
  });

/** The switch of private endpoints: as it is declared or, where the program leaves it out, as it was when the record was made. */
export function privateItems(live: LiveProject, owner: Managed | undefined): Item[] {
  if (!owner) return [];
  const networkIn = (inputs: Managed["inputs"]) => (owner.kind === "Project" ? inputs["network"] : inputs) as Partial<Network> | undefined;
  const declared = networkIn(owner.inputs)?.privateEndpoints;
  const wanted = declared ?? networkIn(filled(owner.inputs, owner.left ?? {}))?.privateEndpoints;
  const blocked = live.project.settings?.block_vpc_connections ?? false;
  if ((wanted !== "blocked" && wanted !== "allowed") || blocked === (wanted === "blocked")) return [];
  const item = settingItem(
    live,
    blocked ? "private-access-blocked" : "private-access-unblocked",
    blocked
      ? "Private endpoints are blocked."
      : `Private endpoints were ${declared === undefined ? "" : "to be "}blocked, and the block is lifted.`,
    [blocked ? "not blocked" : "blocked", blocked ? "blocked" : "not blocked"],
    {
      ...{ revert: { blockVpcConnections: !blocked }, apply: { blockVpcConnections: blocked } },
      // What the block held back need not be there today.
      ...(!blocked && {
        means: "opens" as const,
        closing: [
          "block private endpoints",
          (fresh) => (fresh.block_vpc_connections ? undefined : { block_vpc_connections: true }),
        ] as const,
      }),
    },
  );
  return [{ ...item, urn: owner.urn, ...(declared === undefined && { left: true as const, remedy: LEFT_REMEDY }) }];
}

/** @param means a direction that holds whatever reachability says @param closing what a repair is called, and its settings */
export function settingItem(
  live: LiveProject,
  rule: string,
  says: string,
  [before, after]: readonly [string, string],
  {
    revert,
    apply,
    means,
    closing,
  }: { revert: Partial<ProjectFacts>; apply: Partial<ProjectFacts>; means?: "opens"; closing?: readonly [string, Rewrite] },
): Item {
  const { id, updated_at: changedAt } = live.project;
  return {
    ...{ class: "changed", rule, resource: projectRef(live.project), project: id, says, before, after, changedAt, remedy: APPLY },
    traces: [{ kind: "project", id, field: "settings" }],
    ...(means && { means }),
    edits: { revert: withFacts(() => revert), apply: withFacts(() => apply) },
    ...(closing && {
      closing: {
        what: closing[0],
        projectId: id,
        edit: withFacts(() => revert),
        call: (api) => rewrite(api, id, closing[1]),
      } satisfies Closing,
    }),
  };
}

const scopeText = (scoped: boolean): string => (scoped ? "protected branches only" : "every branch");
