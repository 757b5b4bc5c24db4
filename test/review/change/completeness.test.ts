import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { ANOTHER_PERSON, LOCKED, REPLACES } from "../../../provider/resources/shared/reviewRules.js";
import { listInputReviews } from "../../../provider/resources/shared/fieldReviews.js";
import { FIELD_RULES, REACH_INPUTS } from "../../../review/change/fieldRules.js";

/** That every input says something is proved when the catalogue is loaded; that it is true is proved here. */
const kinds = Object.keys(catalogue) as Kind[];

describe("what a change of an input means", () => {
  it.each(kinds)("is not called impossible, or a replacement, where %s allows it", (kind) => {
    const claims = new Map([
      [LOCKED, "locked"],
      [REPLACES, "replace"],
      [ANOTHER_PERSON, "replace"],
    ]);
    const wrong = listInputReviews(kind).filter(({ review, field }) => {
      const claimed = review && claims.get(review);
      return claimed !== undefined && field.meta()?.onChange !== claimed;
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  const NETWORKS = [{ allow: "nobody", privateEndpoints: "allowed" }, { protected: false }, "allowed", {}];
  const LISTS = [["CONNECT"], [{ name: "public", tables: ["SELECT"], future: true }], ["app"]];
  const WORDS = ["daily", "extended", "project", "editor", "anywhere", "app", "2026-01-31T12:00:00Z", "https://id.example.com/keys"];
  const IDS = ["small-star-12345678", "org-quiet-lake-12345678", "br-wispy-sun-b343qpnf"];
  const KEYS = [
    { keyArn: "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef" },
    { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade" },
    ...["suspend", "refuseStarts"],
  ];
  const VALUES = [undefined, true, false, 0, 90, 86_400, ...WORDS, ...IDS, ...LISTS, ...NETWORKS, ...KEYS];

  it.each(FIELD_RULES.map((rule) => [`${rule.kind}.${rule.property}: ${rule.rule}`, rule] as const))(
    "%s is silent while it stays",
    (_, rule) => {
      const field = listInputReviews(rule.kind).find(({ path }) => path === rule.property)?.field;
      const possible = VALUES.filter((value) => field?.safeParse(value).success);
      expect(possible.some((value) => value !== undefined)).toBe(true);
      expect(possible.filter((value) => rule.when(value, structuredClone(value), true))).toStrictEqual([]);
    },
  );

  it("is said of reachability at an input itself, not inside of it: there it is compared", () => {
    expect(
      Object.values(REACH_INPUTS)
        .flat()
        .filter((path) => path.includes(".")),
    ).toEqual([]);
  });

  it("points at what changes in place first, and at a parent last", () => {
    expect(REACH_INPUTS.Branch).toEqual(["protected", "compute", "parentBranchId", "initSource", "projectId"]);
    expect(REACH_INPUTS.IpAllowlist).toEqual(["ranges", "allow", "scope", "privateEndpoints", "projectId"]);
    expect(REACH_INPUTS.PrivateEndpoint).toEqual(["vpcEndpointId", "azureResourceGuid", "regionId"]);
    expect(REACH_INPUTS.Role).toBeUndefined();
  });
});
