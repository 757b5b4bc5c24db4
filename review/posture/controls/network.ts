import { isNearlyEveryone, parseAllowlist } from "../../../contract/ranges.js";
import type { PostureControl } from "../control.js";
import type { PostureProject } from "../facts.js";
import { fromProjectRule } from "./outcomes.js";

const BOUNDARY = {
  soc2: ["CC6.1", "CC6.6"],
  iso27001: ["A.8.20", "A.8.22"],
  privacy: "boundary",
} as const;
const ASKS = ["projects", "branches", "computes"] as const;

const OPENINGS = ["open-to-every-address", "next-compute-opens", "protected-rows-on-open-branch", "branch-outside-scope"];
const isGuardedByScope = ({ facts }: PostureProject): boolean => facts.protectedBranchesOnly && !facts.blockPublicConnections;

/** Who may try to connect. Each is a rule of `palisade scan`, which finds what is wrong. */
export const networkControls: readonly PostureControl[] = [
  {
    ...fromProjectRule("open-to-every-address", ["branches", "computes"], {
      toldBy: OPENINGS,
      find: ({ views }) =>
        views?.some(({ reach }) => reach !== undefined && isNearlyEveryone(reach.public)) === true
          ? "an unprotected branch is open"
          : undefined,
    }),
    ...BOUNDARY,
    requires: "No running compute may be reached from every address of the internet, or nearly every one.",
    why: "Whoever can try to log in can guess passwords and use leaked ones.",
    promises: [6, 15],
    policies: ["network-not-open", "list-not-everyone", "entries-together"],
    asks: ASKS,
  },
  {
    ...fromProjectRule("scope-without-protected-branch", ["branches"], {
      toldBy: OPENINGS,
      find: (project) =>
        isGuardedByScope(project) && project.views?.some(({ branch }) => branch.protected) === false ? "no branch is protected" : undefined,
    }),
    ...BOUNDARY,
    requires: "A list that guards protected branches only has a protected branch to guard.",
    why: "Without one it restricts nothing, and every branch is open to every address.",
    promises: [6, 7],
    policies: ["scope-guards-something"],
    asks: ["projects", "branches"],
  },
  {
    ...fromProjectRule("protected-rows-on-open-branch", ["branches", "computes", "whose rows its restored branches carry"]),
    soc2: ["C1.1", "CC6.1", "CC6.6"],
    iso27001: ["A.8.22", "A.8.31", "A.8.33"],
    privacy: "copies",
    requires: "Rows of a protected branch are reached by nobody whom its list keeps out.",
    why: "A branch is a copy of its parent's rows: an unprotected one shows them to every address.",
    promises: [6, 7, 20],
    policies: ["copies-guarded"],
    asks: ["projects", "branches", "computes", "backups"],
  },
  {
    ...fromProjectRule("branch-outside-scope", ["branches", "computes"], {
      toldBy: OPENINGS,
      find: (project) =>
        isGuardedByScope(project) &&
        project.views?.some(({ branch, reach }) => !branch.protected && reach !== undefined && isNearlyEveryone(reach.public)) === true
          ? "an unprotected branch is open"
          : undefined,
    }),
    ...BOUNDARY,
    requires: "No unprotected branch stands open beside a list that guards protected ones only.",
    why: "Such a branch has a compute of its own, which admits every address.",
    promises: [6, 7],
    policies: ["copies-guarded"],
    asks: ASKS,
  },
  {
    ...fromProjectRule("next-compute-opens", ["branches", "computes"], {
      toldBy: OPENINGS,
      find: ({ facts, views }) =>
        !facts.blockPublicConnections && views?.some(({ latent }) => isNearlyEveryone(latent.public)) === true
          ? "so does what runs now"
          : undefined,
    }),
    ...BOUNDARY,
    requires: "The next compute that runs will not admit every address.",
    why: "What is closed only because nothing runs is opened by whoever starts it.",
    promises: [6],
    policies: ["network-not-open"],
    asks: ASKS,
  },
  {
    ...fromProjectRule("very-large-list", [], {
      toldBy: OPENINGS,
      find: ({ facts }) =>
        !facts.blockPublicConnections && isNearlyEveryone(parseAllowlist(facts.ips).set) ? "nearly every address" : undefined,
    }),
    ...BOUNDARY,
    requires: "No list admits more addresses than a /16 of IPv4 or a /32 of IPv6.",
    why: "A wide range is mostly hosts that nobody knows.",
    promises: [6, 15],
    policies: ["list-narrow"],
    asks: ["projects"],
  },
  {
    ...fromProjectRule("unreadable-entry", []),
    soc2: ["CC6.6", "CC7.1"],
    iso27001: ["A.8.9", "A.8.20"],
    requires: "Each entry of a list is an address or a network.",
    why: "An entry that cannot be read admits nobody, and whoever wrote it believes that it does something.",
    promises: [6],
    policies: [],
    asks: ["projects"],
  },
  {
    ...fromProjectRule("every-private-endpoint", ["private endpoints"]),
    ...BOUNDARY,
    requires: "No project admits each of several private endpoints of the organisation.",
    why: "The address list does not apply to private endpoints, and each leads in from another network.",
    promises: [8, 15],
    policies: ["private-endpoints-restricted"],
    asks: ["projects", "vpcEndpoints"],
  },
  {
    ...fromProjectRule("public-and-private", ["branches", "computes", "private endpoints"]),
    ...BOUNDARY,
    requires: "A project with a private way in has no public one beside it.",
    why: "The public way is the one that strangers try.",
    promises: [8, 15],
    policies: [],
    asks: [...ASKS, "vpcEndpoints"],
  },
];
