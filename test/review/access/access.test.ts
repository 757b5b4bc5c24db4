import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { type Access, ACCESS_KINDS, toPowers, toPublicId } from "../../../review/access/access.js";
import { listCloudAccess } from "../../../review/access/cloudAccess.js";
import { compareReviews } from "../../../review/access/compareReviews.js";
import { Declarations } from "../../../review/access/declarations.js";
import { toCsv, toText } from "../../../review/access/render.js";
import type { AccessReport } from "../../../review/access/report.js";
import { ACCESS_RULES, judgeAccess } from "../../../review/access/rules.js";
import { parseState } from "../../../review/change/state.js";
import type { ManagedResource } from "../../../review/drift/appliedRecord.js";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const accessOf = (given: Partial<Access>): Access => ({
  kind: "role",
  id: "shop-1/br-a-1/app",
  name: "app",
  place: "branch main of project shop-1",
  can: "logs in",
  powers: ["login"],
  isWhole: true,
  declaredBy: ["urn:x"],
  ...given,
});
const rulesOf = (given: Partial<Access>, others: readonly Access[] = []) =>
  judgeAccess([accessOf(given), ...others], NOW).flatMap(({ rule, resource }) =>
    resource.id === (given.id ?? "shop-1/br-a-1/app") ? [rule] : [],
  );

describe("what is unused or too broad", () => {
  const key: Partial<Access> = { kind: "apiKey", powers: ["API: project shop-1"], since: "2026-05-20T00:00:00Z", lastUsed: "never" };
  const member = (id: string): Access =>
    accessOf({ kind: "member", id, place: "organisation org-a", powers: ["admin of the organisation"] });
  it.each<[string, Partial<Access>, readonly string[]]>([
    ["a declared role that logs in", {}, []],
    ["what nothing declares", { declaredBy: [] }, ["undeclared-access"]],
    ["a young key of one project", key, []],
    ["an old key that was never used", { ...key, since: "2026-01-01T00:00:00Z" }, ["unused-access", "key-without-end"]],
    ["an old key in use", { ...key, since: "2026-01-01T00:00:00Z", lastUsed: "2026-05-31T00:00:00Z" }, ["key-without-end"]],
    ["a key of everything", { ...key, powers: ["API: organisation org-a"] }, ["key-of-whole-organization"]],
    ["a personal key", { ...key, powers: ["API: all that the person who made it may see"] }, ["key-of-whole-organization"]],
    ["a role whose last use is not known", { since: "2020-01-01T00:00:00Z" }, []],
    ["a role that does everything", { powers: ["BYPASSRLS", "login"] }, ["superuser-like-role"]],
    ["a group that does everything and does not log in", { powers: ["BYPASSRLS"] }, []],
    [
      "PUBLIC as Postgres makes it",
      {
        id: toPublicId("shop-1", "br-a-1"),
        name: "PUBLIC",
        declaredBy: [],
        powers: ["CONNECT on database shop", "USAGE on schema public of database shop", "EXECUTE on routines in public of database shop"],
      },
      [],
    ],
    ...["SELECT on tables in public", "USAGE on schema hidden", "USAGE on schema public of database x"].map(
      (power): [string, Partial<Access>, readonly string[]] => [
        `PUBLIC with ${power}`,
        { id: toPublicId("shop-1", "br-a-1"), name: "PUBLIC", declaredBy: [], powers: [`${power} of database shop`] },
        ["public-grant"],
      ],
    ),
    ["a role that is called PUBLIC", { name: "PUBLIC", declaredBy: [] }, ["undeclared-access"]],
    ["a key of a cloud for everybody", { kind: "keyPrincipal", name: "everybody", powers: ["use: everybody"] }, ["key-open-to-everybody"]],
    ["a cloud role of all actions", { kind: "cloudRole", powers: ["* (everything)"] }, ["cloud-role-too-broad"]],
    ...["*:*", "IAM:*", "iam:**", "i*:*", "**"].map((action): [string, Partial<Access>, readonly string[]] => [
      `a cloud role of ${action}`,
      { kind: "cloudRole", powers: [`${action} (everything)`] },
      ["cloud-role-too-broad"],
    ]),
    ["a cloud role of everybody", { kind: "cloudRole", powers: ["assumed by *"] }, ["cloud-role-too-broad"]],
    ["a cloud role of one action", { kind: "cloudRole", powers: ["assumed by arn:aws:iam::111122223333:role/ci", "s3:* (backups)"] }, []],
  ])("%s", (_, given, rules) => {
    expect(rulesOf(given)).toEqual(rules);
  });

  it("finds administrators beyond three, each of them, within one organisation", () => {
    const three = ["a", "b", "c"].map(member);
    expect(judgeAccess(three, NOW)).toEqual([]);
    const elsewhere = { ...member("e"), place: "organisation org-b" };
    expect(judgeAccess([...three, elsewhere], NOW)).toEqual([]);
    expect(judgeAccess([...three, member("d")], NOW).map(({ rule, after }) => [rule, after])).toEqual(
      Array.from({ length: 4 }, () => ["many-administrators", "one of 4"]),
    );
  });

  it("has each rule explained in the guide", () => {
    const guide = readFileSync(resolve(__dirname, "../../../docs/guides/access.md"), "utf8");
    for (const { id, severity } of ACCESS_RULES) expect(guide).toContain(`| \`${id}\` | ${severity} |`);
  });
});

describe("the difference to the last review", () => {
  const [wide, narrow] = [accessOf({ powers: ["a", "b"] }), accessOf({ powers: ["a"] })];
  it("tells what came, went, widened and narrowed", () => {
    const told = (before: Access[], after: Access[]) =>
      compareReviews(before, after).changes.map(({ change, gained, lost }) => [change, gained, lost]);
    expect(told([], [wide])).toEqual([["added", ["a", "b"], []]]);
    expect(told([wide], [])).toEqual([["removed", [], ["a", "b"]]]);
    expect(told([narrow], [wide])).toEqual([["widened", ["b"], []]]);
    expect(told([wide], [narrow])).toEqual([["narrowed", [], ["b"]]]);
    expect(told([narrow], [accessOf({ powers: ["b"] })])).toEqual([["widened", ["b"], ["a"]]]);
  });

  it("says nothing of powers where one of the two could look at a part only", () => {
    const part = { ...narrow, isWhole: false };
    const { kind, id, name, place } = wide;
    const said = { kind, id, name, place };
    expect(compareReviews([part], [wide])).toEqual({ changes: [], notCompared: [said] });
    expect(compareReviews([wide], [part])).toEqual({ changes: [], notCompared: [said] });
  });

  it("says of nothing that it was removed where it could not be looked for", () => {
    const bySql = accessOf({ id: "shop-1/br-a-1/by-sql", name: "by-sql" });
    expect(compareReviews([wide, bySql], [{ ...wide, isWhole: false }])).toMatchObject({
      changes: [],
      notCompared: [{ name: "app" }, { name: "by-sql" }],
    });
    expect(compareReviews([wide, bySql], [wide]).changes).toMatchObject([{ change: "removed", name: "by-sql" }]);
    expect(compareReviews([wide, bySql], [wide], false)).toMatchObject({ changes: [], notCompared: [{ name: "by-sql" }] });
    const last = { at: "2026-05-01T00:00:00Z", signer: "ada", ...compareReviews([wide, bySql], [wide], false) };
    const text = toText(
      { version: 1, stack: "dev", at: "", access: [], findings: [], notLookedAt: [], unjudged: [], last },
      (_, word) => word,
    );
    expect(text).toContain("nothing changed in what both looked at.");
    expect(text).toContain("- role by-sql, branch main of project shop-1");
  });

  const reviewed = fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom(...ACCESS_KINDS),
      id: fc.constantFrom("1", "2", "3"),
      powers: fc.array(fc.constantFrom("a", "b", "c")),
    }),
    { selector: ({ kind, id }) => `${kind} ${id}` },
  );
  const toAccess = (all: readonly { kind: Access["kind"]; id: string; powers: string[] }[]) =>
    all.map((one) => accessOf({ ...one, powers: toPowers(one.powers) }));
  it("is none of a review with itself, and is the mirror image the other way", () => {
    fc.assert(
      fc.property(reviewed, reviewed, (a, b) => {
        const [before, after] = [toAccess(a), toAccess(b)];
        expect(compareReviews(before, before).changes).toEqual([]);
        const sides = (changes: ReturnType<typeof compareReviews>["changes"], gained: "gained" | "lost") =>
          changes.flatMap((one) => one[gained].map((power) => `${one.kind} ${one.id} ${power}`)).sort();
        const [there, back] = [compareReviews(before, after).changes, compareReviews(after, before).changes];
        expect(sides(there, "gained")).toEqual(sides(back, "lost"));
        expect(sides(there, "lost")).toEqual(sides(back, "gained"));
      }),
    );
  });
});

describe("what declares an access", () => {
  const managed = (kind: ManagedResource["kind"], id: string, inputs = {}): ManagedResource => ({
    urn: `${kind} ${id}`,
    kind,
    id,
    name: "x",
    inputs,
    outputs: {},
    account: undefined,
  });
  const declarations = new Declarations([
    managed("Project", "shop-1"),
    managed("Role", "shop-1/br-a-1/app"),
    managed("RotatingRole", "shop-1/br-a-1/job"),
    managed("RoleGrants", "shop-1/br-b-1/shop/app", { databaseName: "shop", roleName: "app" }),
    managed("OrganizationMember", "org-a/Ada@example.com"),
    managed("ProjectPermission", "shop-1/p-1", { email: "bob@example.com" }),
  ]);
  const ofRole = (name: string, lineage = ["br-a-1"]) => declarations.ofRole("shop-1", lineage, name, true);

  it("is the role, on a copy the role of its origin, and what grants to it there", () => {
    expect(ofRole("app")).toEqual(["Role shop-1/br-a-1/app"]);
    expect(ofRole("app", ["br-b-1", "br-a-1"])).toEqual(["Role shop-1/br-a-1/app", "RoleGrants shop-1/br-b-1/shop/app"]);
    expect([ofRole("job_1"), ofRole("job_2"), ofRole("job_3"), ofRole("job")]).toEqual([
      ["RotatingRole shop-1/br-a-1/job"],
      ["RotatingRole shop-1/br-a-1/job"],
      [],
      [],
    ]);
    expect([ofRole("neondb_owner"), ofRole("stranger")]).toEqual([["Project shop-1"], []]);
    // A name that ends as an id does is another role.
    expect(ofRole("shop/app", ["br-b-1"])).toEqual([]);
  });

  it("is a person in whatever case their address is written, and no other person", () => {
    expect(declarations.ofMember("org-a", "ada@EXAMPLE.com")).toHaveLength(1);
    expect(declarations.ofMember("org-b", "ada@example.com")).toEqual([]);
    expect(declarations.ofPermission("shop-1", undefined, "Bob@example.com")).toHaveLength(1);
    expect(declarations.ofPermission("shop-2", undefined, "bob@example.com")).toEqual([]);
  });
});

describe("roles and keys of the clouds", () => {
  const statement = (given: object) => JSON.stringify({ Statement: [{ Effect: "Allow", ...given }] });
  const resource = (type: string, name: string, inputs: object, more = {}) => ({
    urn: `urn:pulumi:dev::shop::${type}::${name}`,
    type,
    custom: true,
    id: name,
    inputs,
    outputs: {},
    ...more,
  });
  const read = (...resources: object[]) =>
    listCloudAccess(parseState(JSON.stringify({ version: 3, deployment: { resources } }))).map(({ kind, name, powers, isWhole }) => [
      kind,
      name,
      powers,
      isWhole,
    ]);
  const role = resource("aws:iam/role:Role", "ci", { assumeRolePolicy: statement({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" }) });

  it("reads who may assume a role and what its policies let it do", () => {
    const policy = resource("aws:iam/rolePolicy:RolePolicy", "all", { role: "ci", policy: statement({ Action: ["*"], Resource: "*" }) });
    const attached = resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "more", {
      role: "ci",
      policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
    });
    expect(read(role, policy, attached)).toEqual([
      ["cloudRole", "ci", ["* (all)", "assumed by *", "policy arn:aws:iam::aws:policy/ReadOnlyAccess"], true],
    ]);
  });

  it("reads what the role names itself, and what a policy of the stack that it names says", () => {
    const arn = "arn:aws:iam::111122223333:policy/mine";
    const own = resource("aws:iam/role:Role", "own", {
      assumeRolePolicy: statement({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }),
      managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess", arn],
      inlinePolicies: [{ name: "in", policy: statement({ Action: "iam:*", Resource: "*" }) }],
    });
    const mine = resource("aws:iam/policy:Policy", "mine", { policy: statement({ Action: "s3:*", Resource: "*" }) }, { id: arn });
    const several = resource("aws:iam/policyAttachment:PolicyAttachment", "several", {
      roles: ["other", "own"],
      policyArn: "arn:aws:iam::aws:policy/X",
    });
    expect(read(own, several)[0]?.[2]).toContain("policy arn:aws:iam::aws:policy/X");
    expect(read(own, mine)).toEqual([
      [
        "cloudRole",
        "own",
        [
          "assumed by ec2.amazonaws.com",
          "iam:* (in)",
          "policy arn:aws:iam::111122223333:policy/mine",
          "policy arn:aws:iam::aws:policy/AdministratorAccess",
          "s3:* (mine)",
        ],
        true,
      ],
    ]);
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" };
    for (const hidden of [
      { managedPolicyArns: secret },
      { managedPolicyArns: [secret] },
      { inlinePolicies: secret },
      { inlinePolicies: [{ policy: secret }] },
    ])
      expect(read(resource("aws:iam/role:Role", "own", { assumeRolePolicy: statement({}), ...hidden }))[0]?.[3]).toBe(false);
  });

  it("says nothing whole of a policy that is secret or no policy", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" };
    expect(read(role, resource("aws:iam/rolePolicy:RolePolicy", "hidden", { role: "ci", policy: secret }))[0]?.[3]).toBe(false);
    expect(read(resource("aws:iam/role:Role", "odd", { assumeRolePolicy: "{" }))[0]?.[3]).toBe(false);
  });

  it("tells the principals of a key, and assignments whose API version stands in their type", () => {
    const key = resource("aws:kms/key:Key", "seal", {
      policy: statement({ Principal: { AWS: "*" }, Action: "kms:Decrypt", Resource: "*" }),
    });
    const assignment = resource("azure-native:authorization/v20220401:RoleAssignment", "crypto", {
      principalId: "11111111-2222-3333-4444-555555555555",
      roleDefinitionId: "/roleDefinitions/e147588a-f6f5-4113-8e2d-b22465e65bf6",
      scope: "/vaults/v",
    });
    expect(read(key, assignment)).toEqual([
      ["cloudRole", "crypto", ["11111111-2222-3333-4444-555555555555 has e147588a-f6f5-4113-8e2d-b22465e65bf6 at /vaults/v"], true],
      ["keyPrincipal", "everybody", ["use: everybody"], true],
    ]);
  });
});

describe("names that other people choose", () => {
  const hostile = ["=HYPERLINK(1)", "+1", "-1", "@x", '"quoted", "twice"', "red\u001b[31m\r\nline"];
  const report: AccessReport = {
    version: 1,
    stack: "dev",
    at: "2026-06-01T00:00:00.000Z",
    access: hostile.map((name, index) => ({ ...accessOf({ id: String(index), name, declaredBy: [] }), commits: [] })),
    findings: judgeAccess(
      hostile.map((name, index) => accessOf({ id: String(index), name, declaredBy: [] })),
      NOW,
    ),
    notLookedAt: [],
    unjudged: [],
    last: null,
  };

  it("are no formula and no second line in a spreadsheet", () => {
    const lines = toCsv(report).split("\r\n");
    expect(lines).toHaveLength(hostile.length + 2);
    const names = lines.slice(1, -1).map((line) => /^"role","\d","((?:[^"]|"")*)",/.exec(line)?.[1]);
    expect(names).toEqual(["'=HYPERLINK(1)", "'+1", "'-1", "'@x", '""quoted"", ""twice""', "red\\u{1b}[31m\\u{d}\\u{a}line"]);
    expect(lines[1]).toMatch(/,"undeclared-access"$/);
  });

  it("steer no terminal", () => {
    expect(toText(report, (_, text) => text).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});
