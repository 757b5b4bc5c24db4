import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { findEndpointServices } from "../../contract/privateNetworking.js";

/** examples/gitops/credentials: what a pipeline's identities may do, and who gets them. */

const FOLDER = resolve(__dirname, "../../examples/gitops/credentials");
const read = (file: string): unknown => JSON.parse(readFileSync(join(FOLDER, file), "utf8"));

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}
interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}
interface Federated {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}
interface Role {
  readonly Actions: readonly string[];
  readonly NotActions: readonly string[];
  readonly DataActions: readonly string[];
  readonly AssignableScopes: readonly string[];
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;
const hasWildcard = (text: string): boolean => /[*?]/.test(text);

/** Calls that AWS lets through for no single object. */
const WITHOUT_RESOURCE = /^ec2:Describe[A-Za-z]+$/;
/** Ids in these are given by AWS when the object is made: the condition says which are meant. */
const NAMED_BY_AWS = /^arn:aws:(?:ec2:[a-z0-9-]+:\d{12}:(?:vpc-endpoint|security-group|security-group-rule)|route53:::hostedzone)\/\*$/;
/** Objects of one stack, whose names Pulumi makes. */
const OF_ONE_STACK = /^arn:aws:s3:::[a-z-]+\/\.pulumi\/(?:locks\/organization|history|backups)\/shop\/production\/\*$/;

/** What is wrong with a policy of AWS, one sentence each. */
function lintPolicy({ Version, Statement: statements }: Policy): string[] {
  return [
    ...(Version === "2012-10-17" ? [] : ["another version"]),
    ...statements.flatMap(({ Sid, Effect, Action, Resource, Principal, Condition }) => {
      const conditions = Object.values(Condition ?? {}).flatMap((pairs) => Object.entries(pairs));
      const says = (text: string) => `${Sid}: ${text}`;
      return [
        ...(Effect === "Allow" ? [] : [says("denies, which hides what it lets through")]),
        ...listOf(Action).flatMap((one) => (/^[a-z0-9]+:[A-Za-z]+$/.test(one) ? [] : [says(`${one} is not one action`)])),
        ...Object.values(Principal ?? {}).flatMap((one) => (hasWildcard(one) ? [says(`${one} is not one principal`)] : [])),
        ...conditions.flatMap(([key, values]) =>
          listOf(values).flatMap((value) => (hasWildcard(value) ? [says(`${key} lets ${value} through`)] : [])),
        ),
        ...Object.keys(Condition ?? {}).flatMap((operator) =>
          /Like|IfExists/.test(operator) ? [says(`${operator} lets others through`)] : [],
        ),
        ...listOf(Resource).flatMap((one) => {
          if (!hasWildcard(one) || OF_ONE_STACK.test(one)) return [];
          if (conditions.length === 0) return [says(`${one} without a condition`)];
          if (NAMED_BY_AWS.test(one)) return [];
          const looks = one === "*" && listOf(Action).every((action) => WITHOUT_RESOURCE.test(action));
          return looks && conditions.some(([key]) => key === "aws:RequestedRegion") ? [] : [says(`${one} is everything`)];
        }),
      ];
    }),
  ];
}

const policies = readdirSync(join(FOLDER, "aws")).filter((file) => file.endsWith(".json"));
const actionsIn = (file: string): string[] => [
  ...new Set((read(`aws/${file}`) as Policy).Statement.flatMap(({ Action }) => listOf(Action))),
];

/** Of each policy what it is for: what the CLI and the plugin of AWS call, and what AWS asks beside that. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "trust-review.json": ["sts:AssumeRoleWithWebIdentity"],
  "trust-update.json": ["sts:AssumeRoleWithWebIdentity"],
  "state-read.json": ["kms:Decrypt", "s3:GetObject", "s3:ListBucket"],
  "state-write.json": [
    ...["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
    ...["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"],
  ],
  "private-network.json": [
    ...["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup", "ec2:CreateTags"],
    ...["ec2:CreateVpcEndpoint", "ec2:DeleteSecurityGroup", "ec2:DeleteVpcEndpoints"],
    ...["ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"],
    ...["ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs"],
    ...["ec2:ModifySecurityGroupRules", "ec2:ModifyVpcEndpoint", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
    ...["route53:AssociateVPCWithHostedZone"],
  ],
};

test("every policy of AWS lets single actions through, on single objects or under a condition", () => {
  expect(policies.sort()).toEqual(Object.keys(NEEDED).sort());
  for (const file of policies) expect([file, lintPolicy(read(`aws/${file}`) as Policy)]).toEqual([file, []]);
});

test("every policy of AWS has the actions that its use needs, none more and none less", () => {
  for (const file of policies) expect([file, actionsIn(file).sort()]).toEqual([file, [...(NEEDED[file] ?? [])].sort()]);
});

test("what reads the state writes nothing, whatever it is attached with", () => {
  expect(actionsIn("state-read.json").filter((action) => /Put|Delete|Encrypt|Generate/.test(action))).toEqual([]);
});

test.each([
  ["an action of every kind", { Action: "s3:*" }],
  ["everything", { Action: "ec2:CreateVpcEndpoint", Resource: "*" }],
  ["a look without a region", { Action: "ec2:DescribeVpcs", Resource: "*" }],
  [
    "every endpoint without a condition",
    { Action: "ec2:DeleteVpcEndpoints", Resource: "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint/*" },
  ],
  ["locks of every stack", { Action: "s3:PutObject", Resource: "arn:aws:s3:::example-shop-state/.pulumi/locks/*" }],
  ["every principal", { Action: "sts:AssumeRoleWithWebIdentity", Principal: { AWS: "*" } }],
  [
    "a subject of every branch",
    { Action: "sts:AssumeRoleWithWebIdentity", Condition: { StringEquals: { "x:sub": "repo:example/shop:*" } } },
  ],
  [
    "a subject that is like another",
    { Action: "sts:AssumeRoleWithWebIdentity", Condition: { StringLike: { "x:sub": "repo:example/shop" } } },
  ],
])("the lint finds %s", (_, statement) => {
  expect(lintPolicy({ Version: "2012-10-17", Statement: [{ Sid: "It", Effect: "Allow", ...statement }] })).not.toEqual([]);
});

const UPDATE = ["repo:example/shop:environment:production"];
const REVIEW = ["repo:example/shop:environment:production-read", "repo:example/shop:pull_request"];
const ISSUER = "token.actions.githubusercontent.com";

test.each([
  ["trust-review.json", REVIEW],
  ["trust-update.json", UPDATE],
])("AWS: %s names who may ask, and for what audience", (file, subjects) => {
  for (const { Principal, Condition } of (read(`aws/${file}`) as Policy).Statement) {
    expect(Object.values(Principal ?? {}).every((one) => one.endsWith(`:oidc-provider/${ISSUER}`))).toBe(true);
    expect(Object.keys(Condition ?? {})).toEqual(["StringEquals"]);
    const { [`${ISSUER}:aud`]: audience, [`${ISSUER}:sub`]: subject } = Condition?.["StringEquals"] ?? {};
    expect(audience).toBe("sts.amazonaws.com");
    expect([...listOf(subject)].sort()).toEqual(subjects);
  }
});

test.each([
  ["federated-review.json", REVIEW],
  ["federated-update.json", UPDATE],
])("Entra: %s names who may ask, and for what audience", (file, subjects) => {
  const credentials = read(`azure/${file}`) as Federated[];
  expect(credentials.map(({ subject }) => subject).sort()).toEqual(subjects);
  for (const { issuer, audiences } of credentials)
    expect({ issuer, audiences }).toEqual({ issuer: `https://${ISSUER}`, audiences: ["api://AzureADTokenExchange"] });
});

test("AWS: endpoints can be made for Neon's services of the region alone", () => {
  const { Statement: statements } = read("aws/private-network.json") as Policy;
  const services = statements.flatMap(({ Condition }) => listOf(Condition?.["StringEquals"]?.["ec2:VpceServiceName"]));
  expect(services).toEqual(findEndpointServices("aws-eu-central-1"));
});

test("Azure: roles have single actions, and are assigned at one container, one key, one resource group", () => {
  const role = read("azure/role-private-network.json") as Role;
  expect(role.Actions.filter((action) => !/^Microsoft\.Network\/[A-Za-z/]+\/(?:read|write|delete|join\/action)$/.test(action))).toEqual([]);
  expect([role.NotActions, role.DataActions]).toEqual([[], []]);
  expect(role.AssignableScopes.filter((scope) => !/\/resourceGroups\/[a-z]+$/.test(scope))).toEqual([]);
  const narrow: Readonly<Record<string, RegExp>> = {
    "Storage Blob Data Reader": /\/containers\/[a-z-]+$/,
    "Storage Blob Data Contributor": /\/containers\/[a-z-]+$/,
    "Key Vault Crypto User": /\/vaults\/[a-z-]+\/keys\/[a-z-]+$/,
    "Private network of the shop": /\/resourceGroups\/[a-z]+$/,
  };
  const assignments = (file: string) => read(`azure/${file}`) as { roleDefinitionName: string; scope: string }[];
  for (const { roleDefinitionName, scope } of [...assignments("assignments-review.json"), ...assignments("assignments-update.json")])
    expect(scope).toMatch(narrow[roleDefinitionName] ?? /a role that is not expected/);
  expect(assignments("assignments-review.json").map(({ roleDefinitionName }) => roleDefinitionName)).not.toContain(
    "Storage Blob Data Contributor",
  );
});

interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly with?: Readonly<Record<string, string>> }[];
}

test.each(["aws", "azure"])("%s: each job of the pipeline asks for its own identity, and stores no key", (cloud) => {
  const jobsOf = (file: string) => (parse(readFileSync(join(FOLDER, file), "utf8")) as { jobs: Record<string, Job> }).jobs;
  const [jobs, pipeline] = [jobsOf(`${cloud}/steps.yml`), jobsOf("../github-actions.yml")];
  expect(Object.keys(jobs).sort()).toEqual(Object.keys(pipeline).sort());
  const identities = Object.entries(jobs).map(([job, { permissions, steps }]) => {
    expect([job, permissions["id-token"], permissions["contents"]]).toEqual([job, "write", "read"]);
    for (const [name, value] of Object.entries(pipeline[job]?.permissions ?? {}))
      expect([job, name, permissions[name]]).toEqual([job, name, value]);
    return [job, /update/i.test(JSON.stringify(steps)) ? "update" : "review"];
  });
  expect(Object.fromEntries(identities)).toEqual({ review: "review", prepare: "review", update: "update", watch: "update" });
  expect(readFileSync(join(FOLDER, cloud, "steps.yml"), "utf8")).not.toContain("secrets.");
});
