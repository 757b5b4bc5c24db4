import type { ProjectFacts } from "../../contract/reachability.js";
import type { Network } from "../../provider/introspection.js";
import type { ManagedResource } from "./appliedRecord.js";
import { APPLY, type ClosingRepair, type DriftItem, LEFT_REMEDY, toProjectRef } from "./driftItem.js";
import { fillOmitted } from "./omittedSwitches.js";
import type { LiveProject } from "./observation.js";
import { type SettingsRewrite, rewriteSettings } from "./rewriteSettings.js";
import { updateFacts } from "../reachability/edits.js";

/** No address, so a list of it admits nobody; an empty one would admit everybody. */
const NO_ADDRESS = "nobody";
/** A list that cannot be empty. */
export const toNonEmptyList = (ips: readonly string[]): readonly string[] => (ips.length > 0 ? ips : [NO_ADDRESS]);

interface WantedNetwork {
  /** Who is to be admitted now; undefined where the stack does not say. */
  readonly network: Network | undefined;
  /** Ranges that are to be in the list now. */
  readonly currentRanges: readonly string[];
  /** Whether entries have ended that still admit somebody. */
  readonly someEnded: boolean;
}

/** Blocks, scope, and a list that is there or not. */
export function listSettingsItems(live: LiveProject, { network, currentRanges, someEnded }: WantedNetwork): DriftItem[] {
  const settings = live.project.settings ?? {};
  const { block_public_connections: blocked = false, allowed_ips } = settings;
  const ips = allowed_ips?.ips ?? [];
  if (network === undefined)
    return !blocked && ips.length === 0 && currentRanges.length > 0
      ? [buildEmptiedList(live, currentRanges, allowed_ips?.protected_branches_only ?? false)]
      : [];
  const scoped = allowed_ips?.protected_branches_only ?? false;
  const items: (DriftItem | undefined)[] = [
    // Where all entries have ended the overdue ones are told, and enforcing them blocks.
    network.allow === "nobody" && !blocked && !someEnded
      ? buildSettingItem(
          live,
          "public-access-unblocked",
          "Nobody was to connect from the internet, and the block is lifted.",
          ["blocked", "not blocked"],
          {
            revert: { blockPublicConnections: true },
            apply: { blockPublicConnections: false },
            means: "opens",
            closing: [
              "block connections from the internet",
              (fresh) => (fresh.block_public_connections ? undefined : { block_public_connections: true }),
            ],
          },
        )
      : undefined,
    network.allow !== "nobody" && blocked
      ? buildSettingItem(live, "public-access-blocked", "Connections from the internet are blocked.", ["not blocked", "blocked"], {
          revert: { blockPublicConnections: false },
          apply: { blockPublicConnections: true },
        })
      : undefined,
    network.allow === "listed" && ips.length === 0
      ? buildEmptiedList(live, currentRanges, network.scope === "protectedBranches")
      : undefined,
    network.allow === "anywhere" && ips.length > 0
      ? buildSettingItem(
          live,
          "list-set",
          "A list keeps addresses out where every one was admitted.",
          ["every address", `${ips.length} entries`],
          {
            revert: { ips: [] },
            apply: { ips: ips },
          },
        )
      : undefined,
    network.allow === "listed" && ips.length > 0 && scoped !== (network.scope === "protectedBranches")
      ? buildSettingItem(
          live,
          "scope-changed",
          "The list guards other branches than it was to.",
          [formatScope(!scoped), formatScope(scoped)],
          {
            revert: { protectedBranchesOnly: !scoped },
            apply: { protectedBranchesOnly: scoped },
            ...(scoped && {
              closing: [
                "let the list guard every branch",
                ({ allowed_ips: fresh }) =>
                  fresh?.ips?.length && fresh.protected_branches_only
                    ? { allowed_ips: { ips: fresh.ips, protected_branches_only: false } }
                    : undefined,
              ] as const,
            }),
          },
        )
      : undefined,
  ];
  return items.filter((item) => item !== undefined);
}

/** Also where the stack declares entries of the list alone. */
const buildEmptiedList = (live: LiveProject, currentRanges: readonly string[], scoped: boolean): DriftItem =>
  buildSettingItem(
    live,
    "list-emptied",
    "The list is empty, which admits every address.",
    [`${currentRanges.length} entries`, "every address"],
    {
      revert: { ips: toNonEmptyList(currentRanges), protectedBranchesOnly: scoped },
      apply: { ips: [] },
      closing: [
        "put the declared list back",
        (fresh) =>
          (fresh.allowed_ips?.ips ?? []).length > 0
            ? undefined
            : { allowed_ips: { ips: [...currentRanges], protected_branches_only: scoped } },
      ],
    },
  );

/** The switch of private endpoints: as it is declared or, where the program leaves it out, as it was when the record was made. */
export function listPrivateItems(live: LiveProject, owner: ManagedResource | undefined): DriftItem[] {
  if (!owner) return [];
  const networkIn = (inputs: ManagedResource["inputs"]) =>
    (owner.kind === "Project" ? inputs["network"] : inputs) as Partial<Network> | undefined;
  const declared = networkIn(owner.inputs)?.privateEndpoints;
  const wanted = declared ?? networkIn(fillOmitted(owner.inputs, owner.left ?? {}))?.privateEndpoints;
  const blocked = live.project.settings?.block_vpc_connections ?? false;
  if ((wanted !== "blocked" && wanted !== "allowed") || blocked === (wanted === "blocked")) return [];
  const item = buildSettingItem(
    live,
    blocked ? "private-access-blocked" : "private-access-unblocked",
    blocked
      ? "Private endpoints are blocked."
      : `Private endpoints were ${declared === undefined ? "" : "to be "}blocked, and the block is lifted.`,
    [blocked ? "not blocked" : "blocked", blocked ? "blocked" : "not blocked"],
    {
      revert: { blockVpcConnections: !blocked },
      apply: { blockVpcConnections: blocked },
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
export function buildSettingItem(
  live: LiveProject,
  rule: string,
  says: string,
  [before, after]: readonly [string, string],
  {
    revert,
    apply,
    means,
    closing,
  }: { revert: Partial<ProjectFacts>; apply: Partial<ProjectFacts>; means?: "opens"; closing?: readonly [string, SettingsRewrite] },
): DriftItem {
  const { id, updated_at: changedAt } = live.project;
  return {
    class: "changed",
    rule,
    resource: toProjectRef(live.project),
    project: id,
    says,
    before,
    after,
    changedAt,
    remedy: APPLY,
    traces: [{ kind: "project", id, field: "settings" }],
    ...(means && { means }),
    edits: { revert: updateFacts(() => revert), apply: updateFacts(() => apply) },
    ...(closing && {
      closing: {
        what: closing[0],
        projectId: id,
        edit: updateFacts(() => revert),
        call: (api) => rewriteSettings(api, id, closing[1]),
      } satisfies ClosingRepair,
    }),
  };
}

const formatScope = (scoped: boolean): string => (scoped ? "protected branches only" : "every branch");
