import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { buildKeyPolicy } from "../../components/aws/keyPolicy.js";
import { getConditions, listStatementPowers, listPrincipals, parseKeyPolicy } from "../../contract/kmsPolicies.js";

const ROOT = resolve(__dirname, "../..");
const USER = "arn:aws:iam::111122223333:role/palisade";
const ADMIN = "arn:aws:iam::111122223333:user/security";
const OF = { administrators: [ADMIN], userRoleArn: USER, organizationId: "org-quiet-lake-12345678", projectId: "quiet-lake-12345678" };

describe("the policy of a key of AWS", () => {
  const statements = parseKeyPolicy(buildKeyPolicy(OF)) ?? [];

  it("names every principal and every action, and no other resource than AWS takes", () => {
    expect(statements.length).toBeGreaterThan(3);
    for (const statement of statements) {
      expect(JSON.stringify([listPrincipals(statement), statement["Action"]])).not.toMatch(/[*?]/);
      expect(statement["Resource"]).toBe("*");
    }
  });

  it("lets one role use it, for the one project's data, and nobody who administers it", () => {
    const using = statements.filter((one) => listStatementPowers(one).includes("use"));
    expect(using.map(listPrincipals)).toEqual([[USER]]);
    expect(using.map((one) => Object.fromEntries([...getConditions(one)].map(([name, values]) => [name, [...values]])))).toEqual([
      {
        "StringEquals kms:EncryptionContext:organization": [OF.organizationId],
        "StringEquals kms:EncryptionContext:project": [OF.projectId],
      },
    ]);
    const administering = statements.filter((one) => listStatementPowers(one).includes("administer")).flatMap(listPrincipals);
    expect(administering).toEqual(["arn:aws:iam::111122223333:root", ADMIN]);
    expect(JSON.stringify(statements)).not.toContain("kms:CreateGrant");
  });

  it("is of the partition and the account of its role", () => {
    expect(buildKeyPolicy({ ...OF, administrators: [], userRoleArn: "arn:aws-us-gov:iam::444455556666:role/p" })).toContain(
      "arn:aws-us-gov:iam::444455556666:root",
    );
  });

  it.each([
    "*",
    "arn:aws:iam::111122223333:role/*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:assumed-role/a/b",
  ])("refuses an administrator that is no user or role by name: %s", (administrator) => {
    expect(() => buildKeyPolicy({ ...OF, administrators: [administrator] })).toThrow("PAL_CMK_REFERENCE");
  });

  it("refuses a user that is no role", () => {
    expect(() => buildKeyPolicy({ ...OF, userRoleArn: ADMIN })).toThrow("PAL_CMK_REFERENCE");
  });
});

describe("what a program loads", () => {
  const loadedBy = (entry: string): string[] => {
    const script = `require(${JSON.stringify(entry)}); console.log(JSON.stringify(Object.keys(require.cache)))`;
    return JSON.parse(execFileSync(process.execPath, ["--eval", script], { cwd: ROOT, encoding: "utf8" })) as string[];
  };
  const [aws, azure] = ["/node_modules/@pulumi/aws/", "/node_modules/@pulumi/azure-native/"] as const;
  const holds = (files: readonly string[], part: string) => files.some((file) => file.includes(part));

  it.each([
    ["@palisade/neon", false, false],
    ["@palisade/neon/aws", true, false],
    ["@palisade/neon/azure", false, true],
  ])("%s: packages of AWS %s, of Azure %s", (entry, ofAws, ofAzure) => {
    const files = loadedBy(entry);
    expect([holds(files, aws), holds(files, azure)]).toEqual([ofAws, ofAzure]);
    // The whole SDKs take seconds and hundreds of megabytes.
    expect(files.filter((file) => file.endsWith("/@pulumi/aws/index.js") || file.endsWith("/@pulumi/azure-native/index.js"))).toEqual([]);
  });
});
