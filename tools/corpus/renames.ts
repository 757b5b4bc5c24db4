import {
  MANAGED_SEPARATELY,
  type LabelledChange,
  labelChanges,
  declareAllowlist,
  allowListed,
  declareResource,
  OFFICE,
  declareOnMainBranch,
  declareShop,
} from "./labelledChange.js";

const HOME = "198.51.100.7";
const open = declareShop(allowListed(OFFICE));
const separateAllowlist = declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE);
const declarePermission = (name: string, options = "") =>
  declareResource("ProjectPermission", name, 'email: "member-1@palisade.test", level: "viewer"', options);
const declareSchedule = (name: string, options = "") =>
  declareOnMainBranch("BackupSchedule", name, 'frequency: "daily", retentionSeconds: 86400, release: true', options);
const declareProtection = (name: string, options = "") =>
  declareResource("BranchProtection", name, 'branch: "default", protected: true', options);
const declareRestriction = (name: string, id = 1, options = "") =>
  declareResource("VpcEndpointRestriction", name, `vpcEndpointId: "vpce-0000000000000000${id}", allowAll: true`, options);
const declareNamedAllowlist = (name: string, onDestroy: string, options = "") =>
  declareResource("IpAllowlist", name, `allow: "listed", ranges: [${OFFICE}], onDestroy: "${onDestroy}"`, options);
const declareKey = (name: string, options = "") => declareResource("ApiKey", name, 'name: "k", scope: "project"', options);
const declareEntry = (name: string, alias = "") =>
  declareResource("IpAllowlistEntry", name, `ranges: ["${HOME}"]`, `dependsOn: [list]${alias}`);
const declareRetainedEntry = (name: string) =>
  declareResource("IpAllowlistEntry", name, `ranges: ["${HOME}"]`, "dependsOn: [list], retainOnDelete: true");
const declareAlias = (name: string) => `aliases: [{ name: "${name}" }]`;
const RENAMED = "renamed-without-alias renamed";

/** Another name in the program: without an alias the same is made once more, and what had the old name goes after it. */
export const renames: readonly LabelledChange[] = [
  ...labelChanges("reachability")([
    [
      "an entry renamed without an alias",
      separateAllowlist + declareEntry("extra"),
      separateAllowlist + declareEntry("renamed"),
      "approve",
      ["access-narrowed shop/main", "entries-removed extra", RENAMED],
    ],
    [
      "an allowlist that closes behind it renamed without an alias",
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("doors", "nobody"),
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("renamed", "nobody"),
      "needsReview",
      ["allowlist-removed doors", "closed-to-everyone shop/main", RENAMED],
    ],
    [
      "an allowlist that opens behind it renamed without an alias",
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("doors", "anywhere"),
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("renamed", "anywhere"),
      "block",
      ["allowlist-removed doors", "opened-to-everyone shop/main", RENAMED],
    ],
    [
      "the only restriction renamed without an alias",
      open + declareRestriction("one"),
      open + declareRestriction("renamed"),
      "block",
      [RENAMED, "restriction-removed one", "vpc-restriction-lifted shop/main"],
    ],
    [
      "one of two restrictions renamed without an alias",
      open + declareRestriction("one") + declareRestriction("two", 2),
      open + declareRestriction("renamed") + declareRestriction("two", 2),
      "approve",
      ["private-access-narrowed shop/main", RENAMED, "restriction-removed one"],
    ],
  ]),
  ...labelChanges("credentials")([
    [
      "a permission renamed without an alias",
      open + declarePermission("reader"),
      open + declarePermission("renamed"),
      "approve",
      ["permission-taken reader", RENAMED],
    ],
  ]),
  ...labelChanges("data")([
    [
      "a backup schedule renamed without an alias",
      open + declareSchedule("nightly"),
      open + declareSchedule("renamed"),
      "needsReview",
      [RENAMED, "retention-weakened nightly"],
    ],
  ]),
  ...labelChanges("harmless")([
    [
      "an allowlist that leaves the list renamed without an alias",
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("doors", "keep"),
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("renamed", "keep"),
      "approve",
      [RENAMED],
    ],
    [
      "a BranchProtection renamed without an alias",
      open + declareProtection("guard"),
      open + declareProtection("renamed"),
      "approve",
      [RENAMED],
    ],
    [
      "an entry that stays in the list renamed without an alias",
      separateAllowlist + declareRetainedEntry("extra"),
      separateAllowlist + declareRetainedEntry("renamed"),
      "approve",
      [RENAMED],
    ],
    [
      "an allowlist moved into a component without an alias",
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("doors", "keep"),
      `${declareShop(MANAGED_SEPARATELY)}const group = new pulumi.ComponentResource("shop:index:Doors", N("group"));\n${declareNamedAllowlist("doors", "keep", "parent: group")}`,
      "approve",
      ["renamed-without-alias doors"],
    ],
    [
      "a BranchProtection renamed with an alias",
      open + declareProtection("guard"),
      open + declareProtection("renamed", declareAlias("guard")),
      "approve",
    ],
    [
      "an entry renamed with an alias",
      separateAllowlist + declareEntry("extra"),
      separateAllowlist + declareEntry("renamed", `, ${declareAlias("extra")}`),
      "approve",
    ],
    [
      "an allowlist that opens behind it renamed with an alias",
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("doors", "anywhere"),
      declareShop(MANAGED_SEPARATELY) + declareNamedAllowlist("renamed", "anywhere", declareAlias("doors")),
      "approve",
    ],
    [
      "the only restriction renamed with an alias",
      open + declareRestriction("one"),
      open + declareRestriction("renamed", 1, declareAlias("one")),
      "approve",
    ],
    [
      "a permission renamed with an alias",
      open + declarePermission("reader"),
      open + declarePermission("renamed", declareAlias("reader")),
      "approve",
    ],
    [
      "a backup schedule renamed with an alias",
      open + declareSchedule("nightly"),
      open + declareSchedule("renamed", declareAlias("nightly")),
      "approve",
    ],
    ["a key renamed with an alias", open + declareKey("key"), open + declareKey("renamed", declareAlias("key")), "approve"],
  ]),
];
