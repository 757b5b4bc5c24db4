import type { Verdict } from "../../review/change/judge.js";

export type Category =
  "addresses" | "reachability" | "guards" | "data" | "credentials" | "order" | "unknown" | "clouds" | "keys" | "baselines" | "harmless";

/** One labelled change. What is right was written down before the judge was asked. */
export interface LabelledChange {
  readonly name: string;
  readonly category: Category;
  /** Bodies of a CommonJS program that has `neon` and `pulumi`. */
  readonly before: string;
  readonly after: string;
  readonly verdict: Verdict;
  /** `rule resource` of each finding, in any order. */
  readonly findings: readonly string[];
  /** Whether a part cannot be judged. */
  readonly unclear?: true;
  /** `resource property target` of each reference that is taken for what it is made from, in any order; not compared when left out. */
  readonly assumes?: readonly string[];
  /** What somebody did to the recorded state, which no program can do. */
  readonly tampered?: "stored-code" | "pending-operation";
}

type Rest = Omit<LabelledChange, "name" | "category" | "verdict" | "findings">;
type Label = Pick<LabelledChange, "verdict" | "findings">;

/** A list of one category. */
export const labelChanges =
  (category: Category) =>
  (
    entries: readonly [name: string, before: string, after: string, verdict: Verdict, findings?: readonly string[], more?: Partial<Rest>][],
  ): LabelledChange[] =>
    entries.map(([name, before, after, verdict, findings = [], more]) => ({
      name,
      category,
      before,
      after,
      ...createLabel(verdict, findings),
      ...more,
    }));

const createLabel = (verdict: Verdict, findings: readonly string[]): Label => ({ verdict, findings });

/** A project `p`, named shop, with these words of `network`, and further arguments. */
export const declareShop = (network: string, more = "", options = ""): string =>
  `const p = new neon.Project("shop", { name: "shop", regionId: "aws-eu-central-1", network: ${network}${more === "" ? "" : `, ${more}`} }${options === "" ? "" : `, { ${options} }`});\n`;

export const OFFICE = '"203.0.113.0/24"';
export const allowListed = (...ranges: string[]): string => `{ allow: "listed", ranges: [${ranges.join(", ")}] }`;
export const allowListedOnProtected = (...ranges: string[]): string =>
  `{ allow: "listed", ranges: [${ranges.join(", ")}], scope: "protectedBranches" }`;
export const MANAGED_SEPARATELY = '{ allow: "managedSeparately" }';
export const NOBODY = '{ allow: "nobody" }';
export const PROTECTED = "defaultBranch: { protected: true }";

/** A resource of the project: `of("Branch", "dev", "protected: false")` is the constant `dev`. */
export const declareResource = (kind: string, name: string, more = "", options = ""): string =>
  `const ${name} = new neon.${kind}("${name}", { projectId: p.projectId${more === "" ? "" : `, ${more}`} }${options === "" ? "" : `, { ${options} }`});\n`;
export const declareBranch = (name: string, more = "", options = ""): string =>
  declareResource("Branch", name, `name: "${name}"${more === "" ? "" : `, ${more}`}`, options);
export const declareOnMainBranch = (kind: string, name: string, more: string, options = ""): string =>
  declareResource(kind, name, `branchId: p.defaultBranchId, ${more}`, options);
export const declareAllowlist = (ranges: string, more = "", options = ""): string =>
  declareResource("IpAllowlist", "list", `allow: "listed", ranges: [${ranges}]${more === "" ? "" : `, ${more}`}`, options);
