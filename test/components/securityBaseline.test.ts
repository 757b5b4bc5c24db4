import * as pulumi from "@pulumi/pulumi";
import { assertAddress } from "../../components/alarmSubscribers.js";
import * as aws from "../../components/aws/index.js";
import * as azure from "../../components/azure/index.js";
import { buildTrustPolicy } from "../../components/aws/accessRoles.js";
import { buildBoundary, buildRolePolicy, ROLE_NAMES } from "../../components/aws/rolePermissions.js";
import { buildTrailKeyPolicy } from "../../components/aws/trailPolicies.js";
import { assertNarrowScope } from "../../components/azure/scopes.js";
import { assertTags, buildTags } from "../../components/requiredTags.js";
import { PalisadeError } from "../../contract/errors.js";
import { getConditions, isDenial, listPatterns, listPrincipals, listStatementPowers, parseKeyPolicy } from "../../contract/kmsPolicies.js";
import { AWS_BASELINE, AZURE_BASELINE, BUCKET_ARN, GROUP_ID, KEY_ARN, principal, TAGS, VAULT_ID } from "./allComponents.js";
import { listenToPrograms, ofType, type Registered, registrationsOf, valueOf } from "./mocks.js";

beforeAll(listenToPrograms);

const ACCOUNT = "111122223333";
const TRAIL_ARN = `arn:aws:cloudtrail:eu-central-1:${ACCOUNT}:trail/shop`;
const TOPIC_ARN = `arn:aws:sns:eu-central-1:${ACCOUNT}:shop`;

/** Statements of every policy that a resource has. */
const POLICY_INPUTS = ["policy", "assumeRolePolicy"];
const statementsOf = (all: readonly Registered[]) =>
  all.flatMap(({ type, name, inputs }) =>
    POLICY_INPUTS.flatMap((input) =>
      typeof inputs[input] === "string" ? (parseKeyPolicy(inputs[input]) ?? []).map((statement) => ({ type, name, statement })) : [],
    ),
  );

describe("the baseline of AWS", () => {
  it("allows nothing to anybody, and no action by a pattern, in any of its policies", async () => {
    const all = statementsOf(await registrationsOf(() => new aws.SecurityBaseline("shop", AWS_BASELINE)));
    const allowing = all.filter(({ statement }) => !isDenial(statement));
    expect(allowing.length).toBeGreaterThan(20);
    expect(allowing.filter(({ statement }) => listPatterns(statement).length > 0)).toEqual([]);
    expect(allowing.filter(({ statement }) => listPrincipals(statement).some((name) => /[*?]/.test(name)))).toEqual([]);
  });

  it("lets each service of AWS do what it does for this account, trail or topic alone", async () => {
    const all = statementsOf(await registrationsOf(() => new aws.SecurityBaseline("shop", AWS_BASELINE)));
    const services = all.filter(({ statement }) => listPrincipals(statement).some((name) => name.endsWith(".amazonaws.com")));
    const told = services.map(({ statement }) => [
      ...listPrincipals(statement),
      ...[...getConditions(statement)]
        .filter(([name]) => /Source|Context/.test(name))
        .map(([name, values]) => `${name} ${[...values].join()}`),
    ]);
    const byTrail = `StringEquals aws:SourceArn ${TRAIL_ARN}`;
    const context = `StringEquals kms:EncryptionContext:aws:cloudtrail:arn ${TRAIL_ARN}`;
    expect(told.map((one) => one.join("; ")).sort()).toEqual(
      [
        `cloudtrail.amazonaws.com; ${byTrail}`,
        `cloudtrail.amazonaws.com; ${byTrail}`,
        `cloudtrail.amazonaws.com; ${byTrail}`,
        `cloudtrail.amazonaws.com; ${byTrail}; ${context}`,
        `events.amazonaws.com; StringEquals aws:SourceAccount ${ACCOUNT}`,
        `events.amazonaws.com; StringEquals kms:EncryptionContext:aws:sns:topicArn ${TOPIC_ARN}`,
      ].sort(),
    );
  });

  it("records management events and the objects of each bucket, in every region, validated, under its key, locked for its time", async () => {
    const all = await registrationsOf(() => new aws.SecurityBaseline("shop", AWS_BASELINE));
    const [trail] = ofType(all, "aws:cloudtrail/trail:Trail");
    expect(trail?.inputs).toMatchObject({
      ...{ enableLogging: true, enableLogFileValidation: true, isMultiRegionTrail: true, includeGlobalServiceEvents: true },
      advancedEventSelectors: [
        { fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] },
        {
          fieldSelectors: [
            { equals: ["Data"] },
            { equals: ["AWS::S3::Object"] },
            { field: "resources.ARN", startsWiths: [`${BUCKET_ARN}/`] },
          ],
        },
      ],
    });
    const guards = all.filter(({ type }) => type.startsWith("aws:s3/bucket") && type !== "aws:s3/bucket:Bucket");
    expect(guards).toHaveLength(7);
    // Guarded before the first file comes, and for as long as the bucket is there.
    expect(guards.filter(({ type, name }) => trail?.dependencies.includes(`${type}::${name}`) !== true)).toEqual([]);
    expect(guards.filter(({ retained }) => !retained)).toEqual([]);
    expect(ofType(all, "aws:s3/bucket:Bucket")[0]?.dependencies).toContain("aws:kms/key:Key::shop");
    const of = (type: string) => ofType(all, `aws:s3/bucket${type}:Bucket${type}`)[0]?.inputs;
    expect(of("ObjectLockConfiguration")).toMatchObject({ rule: { defaultRetention: { mode: "COMPLIANCE", days: 400 } } });
    expect(of("LifecycleConfiguration")).toMatchObject({ rules: [{ expiration: { days: 400 } }] });
  });

  it("tells findings from medium on, tampering and broken glass, to each subscriber, by one topic that is encrypted", async () => {
    const all = await registrationsOf(() => new aws.SecurityBaseline("shop", AWS_BASELINE));
    const rules = ofType(all, "aws:cloudwatch/eventRule:EventRule");
    const patterns = rules.map(({ name, inputs }) => [name, JSON.parse(String(inputs["eventPattern"])) as unknown]);
    expect(patterns).toEqual([
      ["shop-break-glass", expect.objectContaining({ detail: expect.objectContaining({ eventName: ["AssumeRole"] }) as unknown })],
      ["shop-evidence", expect.objectContaining({ detail: { $or: expect.any(Array) as unknown } })],
      [
        "shop-evidence-buckets",
        expect.objectContaining({ detail: expect.objectContaining({ eventSource: ["s3.amazonaws.com"] }) as unknown }),
      ],
      ["shop-findings", expect.objectContaining({ detail: { severity: [{ numeric: [">=", 4] }] } })],
      [
        "shop-tampering",
        expect.objectContaining({ detail: expect.objectContaining({ eventSource: expect.any(Array) as unknown }) as unknown }),
      ],
    ]);
    const targets = ofType(all, "aws:cloudwatch/eventTarget:EventTarget");
    expect(targets.map(({ name }) => name)).toEqual(rules.map(({ name }) => name));
    expect(new Set(targets.map(({ inputs }) => inputs["arn"])).size).toBe(1);
    expect(ofType(all, "aws:sns/topicSubscription:TopicSubscription").map(({ inputs }) => inputs["protocol"])).toEqual(["https", "email"]);
    expect(ofType(all, "aws:sns/topic:Topic")[0]?.inputs["kmsMasterKeyId"]).toBeDefined();
  });

  it("lets who administers the key of logs read none, and who reads them read those of the trail alone", () => {
    const place = { partition: "aws", account: ACCOUNT, region: "eu-central-1" };
    const [administrators, readers] = [principal("security"), principal("auditor")];
    const statements = parseKeyPolicy(buildTrailKeyPolicy({ place, trailArn: TRAIL_ARN, administrators, readers })) ?? [];
    const using = statements.filter((one) => listStatementPowers(one).includes("use"));
    expect(using.map(listPrincipals)).toEqual([readers]);
    expect([...getConditions(using[0] ?? {}).keys()]).toEqual(["StringEquals kms:EncryptionContext:aws:cloudtrail:arn"]);
    const administering = statements.filter((one) => listStatementPowers(one).includes("administer")).flatMap(listPrincipals);
    expect(administering).toEqual([`arn:aws:iam::${ACCOUNT}:root`, ...administrators]);
  });

  describe("its roles", () => {
    const scope = { bucketArns: [BUCKET_ARN], keyArns: [KEY_ARN] };
    const actionsOf = (policy: string) =>
      (parseKeyPolicy(policy) ?? []).filter((one) => !isDenial(one)).flatMap((one) => one["Action"] as string[]);

    it.each(ROLE_NAMES)("%s: its bounds let what it is for, and deny what ends the evidence or takes off bounds", (role) => {
      const [policy, bounds] = [buildRolePolicy(role, scope), buildBoundary(role, scope)];
      expect(actionsOf(bounds)).toEqual(actionsOf(policy));
      const [denial] = (parseKeyPolicy(bounds) ?? []).filter(isDenial);
      const denied = denial?.["Action"] as string[];
      expect(denied).toEqual(
        expect.arrayContaining(["cloudtrail:StopLogging", "guardduty:DeleteDetector", "iam:DeleteRolePermissionsBoundary"]),
      );
      expect(denied.filter((action) => actionsOf(policy).includes(action))).toEqual([]);
    });

    it("read data only to operate and in an emergency, and change settings only to deploy", () => {
      const may = (action: string) => ROLE_NAMES.filter((role) => actionsOf(buildRolePolicy(role, scope)).includes(action));
      expect(may("s3:GetObject")).toEqual(["operator", "breakGlass"]);
      expect(may("kms:Decrypt")).toEqual(["operator", "breakGlass"]);
      expect(may("s3:PutObject")).toEqual(["operator"]);
      expect(may("s3:PutBucketPolicy")).toEqual(["deployer"]);
      expect(may("kms:EnableKey")).toEqual(["breakGlass"]);
    });

    it("are assumed with a second factor, or with an external id; the glass is broken by a fresh factor alone", () => {
      const conditionsOf = (...args: Parameters<typeof buildTrustPolicy>) =>
        [...getConditions(parseKeyPolicy(buildTrustPolicy(...args))?.[0] ?? {})].map(([name, values]) => `${name} ${[...values].join()}`);
      const principalArns = principal("one");
      expect(conditionsOf("reader", { principalArns })).toEqual(["Bool aws:MultiFactorAuthPresent true"]);
      expect(conditionsOf("deployer", { principalArns, externalId: "x-1" })).toEqual(["StringEquals sts:ExternalId x-1"]);
      const fresh = ["Bool aws:MultiFactorAuthPresent true", "NumericLessThan aws:MultiFactorAuthAge 900"];
      expect(conditionsOf("breakGlass", { principalArns })).toEqual(fresh);
      // What only a program without types could say.
      expect(conditionsOf("breakGlass", { principalArns, externalId: "x-1" })).toEqual(fresh);
    });

    it.each([
      [[], "names nobody"],
      [["*"], "which is no user or role"],
      [["arn:aws:iam::111122223333:role/*"], "which is no user or role"],
      [["arn:aws:iam::111122223333:root"], "which is no user or role"],
      [["111122223333"], "which is no user or role"],
    ])("are for nobody but users and roles by name: %p", (principalArns, message) => {
      expect(() => buildTrustPolicy("reader", { principalArns })).toThrow(message);
      expect(() => buildTrustPolicy("reader", { principalArns })).toThrow("PAL_BASELINE_PRINCIPALS");
    });

    it.each(["", "x", "a b", "*"])("take no external id that is none: %p", (externalId) => {
      expect(() => buildTrustPolicy("deployer", { principalArns: principal("one"), externalId })).toThrow("PAL_BASELINE_PRINCIPALS");
    });
  });

  it("has its children changed as the program wants them", async () => {
    const seen: string[] = [];
    const all = await registrationsOf(
      () =>
        new aws.SecurityBaseline("shop", {
          ...AWS_BASELINE,
          transforms: {
            trail: { trail: ({ args, opts }) => ({ args: { ...args, s3KeyPrefix: "logs" }, opts }) },
            roles: { role: (child, name) => (seen.push(name), child) },
          },
        }),
    );
    expect(ofType(all, "aws:cloudtrail/trail:Trail")[0]?.inputs["s3KeyPrefix"]).toBe("logs");
    expect(seen).toEqual(["shop-reader", "shop-operator", "shop-deployer", "shop-break-glass"]);
  });
});

describe("the baseline of Azure", () => {
  it("keeps the activity log and the vaults' in one account that Azure's services alone reach, and tells each subscriber", async () => {
    const all = await registrationsOf(() => new azure.SecurityBaseline("shop", AZURE_BASELINE));
    expect(ofType(all, "azure-native:storage:StorageAccount")[0]?.inputs).toMatchObject({
      ...{ allowBlobPublicAccess: false, enableHttpsTrafficOnly: true, minimumTlsVersion: "TLS1_2" },
      networkRuleSet: { bypass: "AzureServices", defaultAction: "Deny" },
      immutableStorageWithVersioning: { immutabilityPolicy: { immutabilityPeriodSinceCreationInDays: 400 } },
    });
    const store = "/id/shoplogs";
    expect(ofType(all, "azure-native:monitor:SubscriptionDiagnosticSetting")[0]?.inputs).toMatchObject({ storageAccountId: store });
    expect(ofType(all, "azure-native:monitor:DiagnosticSetting")[0]?.inputs).toMatchObject({
      storageAccountId: store,
      resourceUri: VAULT_ID,
    });
    expect(ofType(all, "azure-native:security:Pricing").map(({ inputs }) => [inputs["pricingName"], inputs["pricingTier"]])).toEqual([
      ["Arm", "Standard"],
      ["KeyVaults", "Standard"],
      ["StorageAccounts", "Standard"],
    ]);
    expect(ofType(all, "azure-native:security:SecurityContact")[0]?.inputs["emails"]).toBe("security@example.com;owner@example.com");
    const alerts = ofType(all, "azure-native:monitor:ActivityLogAlert");
    expect(alerts).toHaveLength(20);
    expect(alerts.flatMap(({ name, inputs }) => (JSON.stringify(inputs["scopes"]) === `["${store}"]` ? [name] : []))).toEqual([
      ...["shop-log-store-blobs-changed", "shop-log-store-changed", "shop-log-store-container-deleted", "shop-log-store-retention-changed"],
    ]);
    // What ends or turns each link of the alarms is told: logs, alerts, who hears them, what keeps them back, the store, the vault.
    const operations = alerts.map(({ inputs }) => String(inputs["description"]));
    for (const what of ["diagnosticSettings", "activityLogAlerts", "actionGroups", "storageAccounts", "securityContacts"])
      expect(operations.filter((one) => one.endsWith(`/${what}/delete`) || one.endsWith(`/${what}/write`))).toHaveLength(2);
    expect(operations).toEqual(
      expect.arrayContaining(["Microsoft.AlertsManagement/actionRules/write", "Microsoft.KeyVault/vaults/delete"]),
    );
    for (const { inputs } of alerts) expect(inputs["actions"]).toEqual({ actionGroups: [{ actionGroupId: "/id/shop" }] });
    expect(ofType(all, "azure-native:monitor:ActionGroup")[0]?.inputs).toMatchObject({
      emailReceivers: [{ emailAddress: "security@example.com" }],
      webhookReceivers: [{ serviceUri: "https://pager.example.com/hook" }],
    });
  });

  it("assigns roles at what is named, at a whole subscription only by the word, and above never", () => {
    expect(assertNarrowScope("one", VAULT_ID, false)).toBe(VAULT_ID);
    expect(assertNarrowScope("one", GROUP_ID, false)).toBe(GROUP_ID);
    expect(assertNarrowScope("one", "/subscriptions/0", true)).toBe("/subscriptions/0");
    for (const [scope, whole] of [
      ["/subscriptions/0", false],
      ["/subscriptions/0/", false],
      ["/SUBSCRIPTIONS/0", false],
      ["/", true],
      ["", true],
      ["/providers/Microsoft.Management/managementGroups/all", true],
      ["/subscriptions/0/providers/Microsoft.Authorization", true],
      [VAULT_ID, true],
    ] as const)
      expect(() => assertNarrowScope("one", scope, whole)).toThrow("PAL_BASELINE_SCOPE");
  });
});

describe("refused at once, or once it is known", () => {
  it("as a sentence: Pulumi shows no stack of what a program's author can put right", () => {
    expect(pulumi.RunError.isInstance(new PalisadeError("PAL_BASELINE_TAGS", "owner is empty"))).toBe(true);
  });

  it.each([
    ["no subscriber at AWS", () => new aws.ThreatDetection("shop", { ...TAGS, subscribers: {} })],
    ["no subscriber at Azure", () => new azure.ActivityAlerts("shop", { ...TAGS, resourceGroupName: "shop", subscribers: {} })],
    ["no contact of Defender", () => new azure.DefenderPlans("shop", { contactEmails: [] })],
  ])("%s", (_what, program) => {
    expect(program).toThrow("PAL_BASELINE_SUBSCRIBERS");
  });

  it.each([
    [{ ...TAGS, dataClass: "secret" }, 'dataClass is "secret"'],
    [{ ...TAGS, owner: " " }, "owner is empty"],
    [{ ...TAGS, retentionDays: 0 }, "retentionDays is 0"],
    [{ ...TAGS, retentionDays: 1.5 }, "retentionDays is 1.5"],
    [{ ...TAGS, retentionDays: 3_651 }, "retentionDays is 3651"],
  ])("tags %j", (args, message) => {
    expect(() => {
      assertTags(args);
    }).toThrow(message);
  });

  it("no further tag takes the place of the three", async () => {
    expect(await valueOf(buildTags({ ...TAGS, tags: { owner: "nobody", team: "x" } }))).toEqual({
      ...{ dataClass: "confidential", owner: "platform@example.com", retention: "400d", team: "x" },
    });
  });

  it.each([
    ["https", "http://pager.example.com/token-of-the-pager"],
    ["https", "https://"],
    ["email", "token-of-the-pager"],
    ["email", "one@example.com;token-of-the-pager@example.com"],
  ] as const)(
    "an address that is none, of %s: it is told by its place and not repeated, since it may bear a token: %s",
    (protocol, text) => {
      const refuse = () => assertAddress(text, protocol, "subscribers.pager");
      expect(refuse).toThrow(/subscribers\.pager is no such address.*PAL_BASELINE_SUBSCRIBERS/s);
      expect(refuse).not.toThrow(/token-of/);
    },
  );
});
