import type { Verdict } from "../../review/change/judge.js";

/** The example that a change is one of. */
export type BaselineExample = "18-aws-baseline" | "19-azure-baseline";

/** A labelled change of an example: texts of its program that are replaced. What is right was written down before the judge was asked. */
export interface BaselineChange {
  readonly name: string;
  readonly example: BaselineExample;
  /** Each `from` is in the program once. */
  readonly edits: readonly (readonly [from: string, to: string])[];
  readonly verdict: Verdict;
  /** `rule resource` of each finding, in any order. */
  readonly findings: readonly string[];
  /** Whether a part cannot be judged. */
  readonly unclear?: true;
  /** Whether nothing is deployed before. */
  readonly first?: true;
}

type Edits = BaselineChange["edits"];
type Entry = [name: string, edits: Edits, verdict: Verdict, findings?: readonly string[], more?: Pick<BaselineChange, "first" | "unclear">];

const label =
  (example: BaselineExample) =>
  ([name, edits, verdict, findings = [], more]: Entry): BaselineChange => ({ name, example, edits, verdict, findings, ...more });

/** Changes what one child, or the one of this name, is made with. */
const transform = (part: string, child: string, args: string, name?: string): Edits => {
  const changed = `({ args: { ...args, ${args} }, opts })`;
  const text =
    name === undefined ? `({ args, opts }) => ${changed}` : `({ args, opts }, name) => name === "${name}" ? ${changed} : { args, opts }`;
  return [["  retentionDays: 400,", `  retentionDays: 400,\n  transforms: { ${part}: { ${child}: ${text} } },`]];
};
/** Changes a policy of a child that is a text. */
const editPolicy = (part: string, child: string, input: string, edit: string, name?: string): Edits =>
  transform(
    part,
    child,
    `${input}: pulumi.output(args.${input}).apply((text) => { const policy = JSON.parse(text); ${edit}; return JSON.stringify(policy); })`,
    name,
  );

const AWS: readonly Entry[] = [
  [
    "AWS: a first deployment",
    [],
    "needsReview",
    // Who may use a new key is told, at low severity.
    ["key-access-widened shop", "key-access-widened shop-alarms"],
    { first: true, unclear: true },
  ],
  ["AWS: the trail is stopped", transform("trail", "trail", "enableLogging: false"), "block", ["audit-trail-ended shop"]],
  [
    "AWS: log files are not signed",
    transform("trail", "trail", "enableLogFileValidation: false"),
    "needsReview",
    ["audit-trail-weakened shop"],
  ],
  ["AWS: one region is recorded", transform("trail", "trail", "isMultiRegionTrail: false"), "needsReview", ["audit-trail-weakened shop"]],
  ["AWS: log files under no key", transform("trail", "trail", "kmsKeyId: undefined"), "needsReview", ["audit-trail-weakened shop"]],
  [
    "AWS: objects of backups are not recorded",
    transform(
      "trail",
      "trail",
      'advancedEventSelectors: [{ name: "m", fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] }]',
    ),
    "needsReview",
    ["audit-trail-weakened shop"],
  ],
  [
    "AWS: uses of keys are not recorded",
    transform(
      "trail",
      "trail",
      'advancedEventSelectors: pulumi.output(args.advancedEventSelectors).apply(([first, ...rest]) => [{ ...first, fieldSelectors: [...first.fieldSelectors, { field: "eventSource", notEquals: ["kms.amazonaws.com"] }] }, ...rest])',
    ),
    "needsReview",
    ["audit-trail-weakened shop"],
  ],
  [
    "AWS: records are kept for less time",
    [["  retentionDays: 400,", "  retentionDays: 90,"]],
    "needsReview",
    ["log-retention-shortened shop", "log-retention-shortened shop"],
  ],
  [
    "AWS: records may be deleted by whoever bypasses governance",
    [["  retentionDays: 400,", '  retentionDays: 400,\n  lockMode: "GOVERNANCE",']],
    "needsReview",
    ["log-retention-shortened shop"],
  ],
  [
    "AWS: the bucket may be made public",
    transform("trail", "publicAccessBlock", "blockPublicPolicy: false"),
    "block",
    ["logs-exposed shop"],
  ],
  [
    "AWS: everybody reads the logs",
    editPolicy(
      "trail",
      "bucketPolicy",
      "policy",
      'policy.Statement.push({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" })',
    ),
    "block",
    ["logs-exposed shop"],
  ],
  [
    "AWS: the logs without TLS",
    editPolicy("trail", "bucketPolicy", "policy", "policy.Statement.shift()"),
    "needsReview",
    ["logs-exposed shop"],
  ],
  ["AWS: GuardDuty off", transform("threats", "detector", "enable: false"), "block", ["threat-detection-ended shop"]],
  [
    "AWS: GuardDuty does not look at S3",
    [["  retentionDays: 400,", "  retentionDays: 400,\n  features: [],"]],
    "needsReview",
    ["threat-detection-weakened shop-s3-data-events"],
  ],
  [
    "AWS: only severe findings are told",
    [["  retentionDays: 400,", "  retentionDays: 400,\n  leastSeverity: 8,"]],
    "needsReview",
    ["threat-detection-weakened shop-findings"],
  ],
  [
    "AWS: the rule of tampering off",
    transform("threats", "rule", 'state: "DISABLED"', "shop-tampering"),
    "needsReview",
    ["threat-detection-weakened shop-tampering"],
  ],
  [
    "AWS: the rule of tampering is not told of calls that only read",
    transform("threats", "rule", 'state: "ENABLED"', "shop-tampering"),
    "needsReview",
    ["threat-detection-weakened shop-tampering"],
  ],
  [
    "AWS: the rule of evidence off",
    transform("threats", "rule", 'state: "DISABLED"', "shop-evidence"),
    "needsReview",
    ["threat-detection-weakened shop-evidence"],
  ],
  [
    "AWS: who unsubscribes from alarms is not told",
    editPolicy("threats", "rule", "eventPattern", "policy.detail.$or.splice(1, 1)", "shop-evidence"),
    "needsReview",
    ["threat-detection-weakened shop-evidence"],
  ],
  [
    "AWS: the key of logs may be disabled in silence",
    editPolicy(
      "threats",
      "rule",
      "eventPattern",
      "policy.detail.$or[2].requestParameters.keyId.pop(); policy.detail.$or[3].resources.ARN.pop()",
      "shop-evidence",
    ),
    "needsReview",
    ["threat-detection-weakened shop-evidence"],
  ],
  [
    "AWS: the guards of the bucket of logs may go in silence",
    editPolicy("threats", "rule", "eventPattern", "policy.detail.requestParameters.bucketName.shift()", "shop-evidence-buckets"),
    "needsReview",
    ["threat-detection-weakened shop-evidence-buckets"],
  ],
  [
    "AWS: only what the root user does to the buckets is told",
    editPolicy("threats", "rule", "eventPattern", 'policy.detail.userIdentity = { type: ["Root"] }', "shop-evidence-buckets"),
    "needsReview",
    ["threat-detection-weakened shop-evidence-buckets"],
  ],
  [
    "AWS: more calls about the buckets are told",
    editPolicy("threats", "rule", "eventPattern", 'policy.detail.eventName.push("GetBucketPolicy")', "shop-evidence-buckets"),
    "approve",
  ],
  [
    "AWS: anybody may publish alarms",
    editPolicy("threats", "topicPolicy", "policy", 'policy.Statement[0].Principal = "*"; delete policy.Statement[0].Condition'),
    "block",
    ["alarm-topic-widened shop"],
  ],
  [
    "AWS: a role without bounds",
    transform("roles", "role", "permissionsBoundary: undefined", "shop-operator"),
    "needsReview",
    ["role-boundary-removed shop-operator"],
  ],
  [
    "AWS: bounds that let the evidence end",
    editPolicy(
      "roles",
      "boundary",
      "policy",
      'policy.Statement = policy.Statement.filter((one) => one.Effect === "Allow")',
      "shop-operator",
    ),
    "needsReview",
    ["role-permissions-widened shop-operator"],
  ],
  [
    "AWS: another principal assumes the role",
    [
      [
        "operator: { principalArns: people.operator }",
        'operator: { principalArns: [...people.operator, "arn:aws:iam::000000000000:role/other"] }',
      ],
    ],
    "needsReview",
    ["role-trust-widened shop-operator"],
  ],
  [
    "AWS: anybody assumes the role",
    editPolicy("roles", "role", "assumeRolePolicy", 'policy.Statement[0].Principal = { AWS: "*" }', "shop-break-glass"),
    "block",
    ["role-trust-widened shop-break-glass"],
  ],
  [
    "AWS: no second factor to break the glass",
    editPolicy("roles", "role", "assumeRolePolicy", "delete policy.Statement[0].Condition", "shop-break-glass"),
    "needsReview",
    ["role-trust-widened shop-break-glass"],
  ],
  [
    "AWS: the glass stays broken for longer",
    transform("roles", "role", "maxSessionDuration: 43200", "shop-break-glass"),
    "needsReview",
    ["role-trust-widened shop-break-glass"],
  ],
  [
    "AWS: the reader may read objects",
    editPolicy(
      "roles",
      "rolePolicy",
      "policy",
      'policy.Statement.push({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::shop-backups/*" })',
      "shop-reader",
    ),
    "needsReview",
    ["role-permissions-widened shop-reader"],
  ],
  [
    "AWS: the operator may do everything with buckets",
    editPolicy("roles", "rolePolicy", "policy", 'policy.Statement[0].Action = "s3:*"', "shop-operator"),
    "block",
    ["role-permissions-widened shop-operator"],
  ],
  [
    "AWS: the subscriber is another one",
    [['security: { email: "security@example.com" }', 'pager: { email: "pager@example.com" }']],
    "approve",
    ["alarms-unheard shop-security"],
  ],
  [
    "AWS: another owner, another class",
    [
      ['"confidential"', '"restricted"'],
      ["platform@example.com", "data@example.com"],
    ],
    "approve",
  ],
  ["AWS: records are kept for longer", [["  retentionDays: 400,", "  retentionDays: 800,"]], "approve"],
  ["AWS: lesser findings are told as well", [["  retentionDays: 400,", "  retentionDays: 400,\n  leastSeverity: 1,"]], "approve"],
  [
    "AWS: more is looked at",
    [["  retentionDays: 400,", '  retentionDays: 400,\n  features: ["S3_DATA_EVENTS", "RDS_LOGIN_EVENTS"],']],
    "approve",
  ],
  [
    "AWS: one more hears the alarms",
    [['security: { email: "security@example.com" }', 'security: { email: "security@example.com" }, pager: { email: "pager@example.com" }']],
    "approve",
  ],
  [
    "AWS: policies in other words",
    editPolicy(
      "roles",
      "role",
      "assumeRolePolicy",
      'policy.Statement[0].Sid = "Other"; policy.Statement[0].Principal.AWS = policy.Statement[0].Principal.AWS[0]',
    ),
    "approve",
  ],
];

const AZURE: readonly Entry[] = [
  ["Azure: a first deployment", [], "needsReview", [], { first: true, unclear: true }],
  ["Azure: nothing of the activity log is kept", transform("activityLog", "export", "logs: []"), "block", ["audit-trail-ended shop"]],
  [
    "Azure: changes of resources are not kept",
    transform("activityLog", "export", 'logs: [{ category: "Security", enabled: true }]'),
    "needsReview",
    ["audit-trail-weakened shop"],
  ],
  [
    "Azure: the vault's log is not kept",
    [["  vaults: { shop: vault.id },", "  vaults: {},"]],
    "needsReview",
    ["audit-trail-weakened shop-shop"],
  ],
  [
    "Azure: records are kept for less time",
    [["  retentionDays: 400,", "  retentionDays: 90,"]],
    "needsReview",
    ["log-retention-shortened shop", "log-retention-shortened shoplogs"],
  ],
  [
    "Azure: containers may be public",
    transform("activityLog", "storageAccount", "allowBlobPublicAccess: true"),
    "block",
    ["logs-exposed shoplogs"],
  ],
  [
    "Azure: every network reaches the logs",
    transform("activityLog", "storageAccount", 'networkRuleSet: { defaultAction: "Allow" }'),
    "needsReview",
    ["logs-exposed shoplogs"],
  ],
  [
    "Azure: a plan of Defender off",
    transform("defender", "plan", 'pricingTier: "Free"', "shop-keyvaults"),
    "block",
    ["threat-detection-ended shop-keyvaults"],
  ],
  ["Azure: Defender tells nobody", transform("defender", "contact", "isEnabled: false"), "needsReview", ["alarms-unheard shop"]],
  [
    "Azure: an alert off",
    transform("alerts", "alert", "enabled: false", "shop-role-assigned"),
    "needsReview",
    ["threat-detection-weakened shop-role-assigned"],
  ],
  [
    "Azure: the alert of the log's store looks elsewhere",
    transform("alerts", "alert", "scopes: [args.resourceGroupName]", "shop-log-store-changed"),
    "needsReview",
    ["threat-detection-weakened shop-log-store-changed"],
  ],
  [
    "Azure: who suppresses alerts is not told",
    transform("alerts", "alert", "enabled: false", "shop-alerts-suppressed"),
    "needsReview",
    ["threat-detection-weakened shop-alerts-suppressed"],
  ],
  ["Azure: nobody hears the alerts", transform("alerts", "actionGroup", "emailReceivers: []"), "needsReview", ["alarms-unheard shop"]],
  [
    "Azure: a role for the whole subscription",
    [
      [
        'role: "keyVaultCryptoOfficer", scope: vault.id }',
        'role: "keyVaultCryptoOfficer", wholeSubscription: true, scope: "/subscriptions/00000000-0000-0000-0000-000000000000" }',
      ],
    ],
    "needsReview",
    ["role-permissions-widened shop-operator"],
  ],
  ["Azure: another owner", [["platform@example.com", "data@example.com"]], "approve"],
  ["Azure: records are kept for longer", [["  retentionDays: 400,", "  retentionDays: 800,"]], "approve"],
  [
    "Azure: one more hears the alerts",
    [['security: { email: "security@example.com" }', 'security: { email: "security@example.com" }, pager: { email: "pager@example.com" }']],
    "approve",
  ],
];

export const BASELINE_CHANGES: readonly BaselineChange[] = [...AWS.map(label("18-aws-baseline")), ...AZURE.map(label("19-azure-baseline"))];
