import { MANAGED_SEPARATELY, type LabelledChange, labelled, list, listed, of, OFFICE, onMain, shop } from "./change.js";

const HOME = "198.51.100.7";
const open = shop(listed(OFFICE));
const elsewhere = shop(MANAGED_SEPARATELY) + list(OFFICE);
const permission = (name: string, options = "") =>
  of("ProjectPermission", name, 'email: "member-1@palisade.test", level: "viewer"', options);
const schedule = (name: string, options = "") =>
  onMain("BackupSchedule", name, 'frequency: "daily", retentionSeconds: 86400, release: true', options);
const protection = (name: string, options = "") => of("BranchProtection", name, 'branch: "default", protected: true', options);
const restriction = (name: string, id = 1, options = "") =>
  of("VpcEndpointRestriction", name, `vpcEndpointId: "vpce-0000000000000000${id}", allowAll: true`, options);
const allowlist = (name: string, onDestroy: string, options = "") =>
  of("IpAllowlist", name, `allow: "listed", ranges: [${OFFICE}], onDestroy: "${onDestroy}"`, options);
const key = (name: string, options = "") => of("ApiKey", name, 'name: "k", scope: "project"', options);
const extra = (name: string, alias = "") => of("IpAllowlistEntry", name, `ranges: ["${HOME}"]`, `dependsOn: [list]${alias}`);
const staysBehind = (name: string) => of("IpAllowlistEntry", name, `ranges: ["${HOME}"]`, "dependsOn: [list], retainOnDelete: true");
const alias = (name: string) => `aliases: [{ name: "${name}" }]`;
const RENAMED = "renamed-without-alias renamed";

/** Another name in the program: without an alias the same is made once more, and what had the old name goes after it. */
export const renames: readonly LabelledChange[] = [
  ...labelled("reachability")([
    [
      "an entry renamed without an alias",
      elsewhere + extra("extra"),
      elsewhere + extra("renamed"),
      "approve",
      ["access-narrowed shop/main", "entries-removed extra", RENAMED],
    ],
    [
      "an allowlist that closes behind it renamed without an alias",
      shop(MANAGED_SEPARATELY) + allowlist("doors", "nobody"),
      shop(MANAGED_SEPARATELY) + allowlist("renamed", "nobody"),
      "needsReview",
      ["allowlist-removed doors", "closed-to-everyone shop/main", RENAMED],
    ],
    [
      "an allowlist that opens behind it renamed without an alias",
      shop(MANAGED_SEPARATELY) + allowlist("doors", "anywhere"),
      shop(MANAGED_SEPARATELY) + allowlist("renamed", "anywhere"),
      "block",
      ["allowlist-removed doors", "opened-to-everyone shop/main", RENAMED],
    ],
    [
      "the only restriction renamed without an alias",
      open + restriction("one"),
      open + restriction("renamed"),
      "block",
      [RENAMED, "restriction-removed one", "vpc-restriction-lifted shop/main"],
    ],
    [
      "one of two restrictions renamed without an alias",
      open + restriction("one") + restriction("two", 2),
      open + restriction("renamed") + restriction("two", 2),
      "approve",
      ["private-access-narrowed shop/main", RENAMED, "restriction-removed one"],
    ],
  ]),
  ...labelled("credentials")([
    [
      "a permission renamed without an alias",
      open + permission("reader"),
      open + permission("renamed"),
      "approve",
      ["permission-taken reader", RENAMED],
    ],
  ]),
  ...labelled("data")([
    [
      "a backup schedule renamed without an alias",
      open + schedule("nightly"),
      open + schedule("renamed"),
      "needsReview",
      [RENAMED, "retention-weakened nightly"],
    ],
  ]),
  ...labelled("harmless")([
    [
      "an allowlist that leaves the list renamed without an alias",
      shop(MANAGED_SEPARATELY) + allowlist("doors", "keep"),
      shop(MANAGED_SEPARATELY) + allowlist("renamed", "keep"),
      "approve",
      [RENAMED],
    ],
    ["a BranchProtection renamed without an alias", open + protection("guard"), open + protection("renamed"), "approve", [RENAMED]],
    [
      "an entry that stays in the list renamed without an alias",
      elsewhere + staysBehind("extra"),
      elsewhere + staysBehind("renamed"),
      "approve",
      [RENAMED],
    ],
    [
      "an allowlist moved into a component without an alias",
      shop(MANAGED_SEPARATELY) + allowlist("doors", "keep"),
      `${shop(MANAGED_SEPARATELY)}const group = new pulumi.ComponentResource("shop:index:Doors", N("group"));\n${allowlist("doors", "keep", "parent: group")}`,
      "approve",
      ["renamed-without-alias doors"],
    ],
    ["a BranchProtection renamed with an alias", open + protection("guard"), open + protection("renamed", alias("guard")), "approve"],
    ["an entry renamed with an alias", elsewhere + extra("extra"), elsewhere + extra("renamed", `, ${alias("extra")}`), "approve"],
    [
      "an allowlist that opens behind it renamed with an alias",
      shop(MANAGED_SEPARATELY) + allowlist("doors", "anywhere"),
      shop(MANAGED_SEPARATELY) + allowlist("renamed", "anywhere", alias("doors")),
      "approve",
    ],
    ["the only restriction renamed with an alias", open + restriction("one"), open + restriction("renamed", 1, alias("one")), "approve"],
    ["a permission renamed with an alias", open + permission("reader"), open + permission("renamed", alias("reader")), "approve"],
    ["a backup schedule renamed with an alias", open + schedule("nightly"), open + schedule("renamed", alias("nightly")), "approve"],
    ["a key renamed with an alias", open + key("key"), open + key("renamed", alias("key")), "approve"],
  ]),
];
