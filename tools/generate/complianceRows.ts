import type { Privacy } from "../../contract/frameworks.js";
import { controls as policyControls } from "../../policy/controls/index.js";
import type { Question } from "../../review/posture/control.js";
import { postureControls } from "../../review/posture/controls/index.js";
import { RULES } from "../../review/scan/rules.js";

/** The calls that answer a question, as the evidence of a run lists them. */
const CALLS: Readonly<Record<Question, string>> = {
  organization: "GET /organizations/{org_id}",
  projects: "GET /projects",
  branches: "GET /projects/{id}/branches",
  computes: "GET /projects/{id}/endpoints",
  vpcEndpoints: "GET …/vpc_endpoints",
  keys: "GET …/api_keys",
  people: "GET …/members, …/invitations, …/permissions",
  jwks: "GET /projects/{id}/jwks",
  backups: "GET …/backup_schedule, …/snapshots",
  customerKeys: "GET /x-palisade/projects/{id}/customer_managed_key",
  audit: "GET /x-palisade/audit",
  resources: "GET of each declared object",
  exportedFindings: "files of --findings",
};

/** A control of any kind, as docs/compliance.md lists it. */
export interface ComplianceRow {
  readonly id: string;
  readonly requires: string;
  readonly severity: string;
  /** The command that judges it. */
  readonly check: string;
  /** What is left of a run for an auditor. */
  readonly evidence: string;
  readonly soc2: readonly string[];
  readonly iso27001: readonly string[];
  readonly privacy: Privacy | undefined;
  readonly promises: readonly number[];
}

export const buildPostureRows = (): ComplianceRow[] =>
  postureControls.map(({ id, requires, severity, soc2, iso27001, privacy, promises, asks, extension, needsStack, needsFindings }) => ({
    ...{ id, requires, severity, soc2, iso27001, privacy, promises },
    check: [
      needsStack ? "`palisade posture --stack`, `palisade drift`" : needsFindings ? "`palisade posture --findings`" : "`palisade posture`",
      ...(RULES.some((rule) => rule.id === id) ? [`, rule of \`palisade scan\``] : []),
      ...(extension ? ["; of the embedded plane alone"] : []),
    ].join(""),
    evidence: `digests of ${asks.map((question) => `\`${CALLS[question]}\``).join(", ")}`,
  }));

export const buildPolicyRows = (): ComplianceRow[] =>
  policyControls.map(({ id, requires, severity, soc2, iso27001, privacy, promises, level }) => ({
    ...{ id, requires, severity, soc2, iso27001, privacy, promises },
    check: `policy pack, ${level}`,
    evidence: "the engine's report of `pulumi preview --policy-pack`, kept by whoever runs it",
  }));

/** Ready-made parts of a program, and the controls that what they make keeps to. */
export const COMPONENTS: readonly {
  readonly name: string;
  readonly from: string;
  readonly makes: string;
  readonly promises: readonly number[];
  readonly controls: readonly string[];
}[] = [
  {
    name: "CustomerKey",
    from: "@palisade/neon/aws, @palisade/neon/azure",
    makes: "a key with a narrow policy or role assignment, rotation and the longest way back, and the project under it (an extension)",
    promises: [10, 12],
    controls: ["customer-key-narrow", "customer-key-guarded", "customer-key-revocable", "customer-key-unusable"],
  },
  {
    name: "PrivateNetwork",
    from: "@palisade/neon/aws, @palisade/neon/azure (Azure: an extension)",
    makes: "endpoints, their acceptance, private DNS, restriction and block of public access, in this order",
    promises: [8, 15],
    controls: ["private-endpoints-restricted", "every-private-endpoint", "public-and-private", "network-not-open"],
  },
  {
    name: "SegmentedVpc",
    from: "@palisade/neon/aws",
    makes: "a network of three tiers that speak downwards alone",
    promises: [15],
    controls: ["every-private-endpoint"],
  },
  {
    name: "SegmentedVnet",
    from: "@palisade/neon/azure",
    makes: "a network of three tiers that speak downwards alone",
    promises: [15],
    controls: ["every-private-endpoint"],
  },
  {
    name: "BackupStore",
    from: "@palisade/neon/aws, @palisade/neon/azure",
    makes: "a place for sealed backups with versions, a lock of 30 days, a key of its owner and no public access",
    promises: [18, 19],
    controls: ["cloud-logs-private", "cloud-tags"],
  },
  {
    name: "SecurityBaseline",
    from: "@palisade/neon/aws, @palisade/neon/azure",
    makes: "what stands beside the data at a cloud: its log, its detection of threats, its roles, with the tags of all of it",
    promises: [12, 16, 17, 20],
    controls: ["cloud-evidence-kept", "cloud-threats-found", "cloud-logs-private", "cloud-roles-narrow", "cloud-tags"],
  },
  {
    name: "AuditTrail",
    from: "@palisade/neon/aws",
    makes: "a validated, encrypted CloudTrail of every region, and its locked bucket",
    promises: [17],
    controls: ["cloud-evidence-kept", "cloud-logs-private", "cloud-tags"],
  },
  {
    name: "ThreatDetection",
    from: "@palisade/neon/aws",
    makes: "GuardDuty, and alarms of its findings and of tampering to named people",
    promises: [16],
    controls: ["cloud-threats-found", "cloud-tags"],
  },
  {
    name: "AccessRoles",
    from: "@palisade/neon/aws",
    makes: "four roles with a boundary and without wildcards: deployer, reader, operator, break-glass",
    promises: [12],
    controls: ["cloud-roles-narrow", "cloud-tags"],
  },
  {
    name: "ActivityLogExport",
    from: "@palisade/neon/azure",
    makes: "the export of the activity log to a locked account, and to a workspace where one is given",
    promises: [17],
    controls: ["cloud-evidence-kept", "cloud-logs-private", "cloud-tags"],
  },
  {
    name: "VaultLogs",
    from: "@palisade/neon/azure",
    makes: "the logs of every use of the keys in vaults",
    promises: [10, 17],
    controls: ["cloud-evidence-kept"],
  },
  {
    name: "DefenderPlans",
    from: "@palisade/neon/azure",
    makes: "plans of Defender, and whom it tells",
    promises: [16],
    controls: ["cloud-threats-found"],
  },
  {
    name: "ActivityAlerts",
    from: "@palisade/neon/azure",
    makes: "alarms of calls that weaken what watches, to named people",
    promises: [16],
    controls: ["cloud-tags"],
  },
  {
    name: "RoleAssignments",
    from: "@palisade/neon/azure",
    makes: "assignments of roles at the narrowest scope",
    promises: [12],
    controls: ["cloud-roles-narrow"],
  },
  {
    name: "ProtectedBranch",
    from: "@palisade/neon",
    makes: "a protected branch with a compute, which Pulumi deletes only after two changes",
    promises: [7],
    controls: ["production-protected", "pulumi-protect", "default-branch-unprotected", "production-branch-unprotected"],
  },
  {
    name: "RotatingRole",
    from: "@palisade/neon",
    makes: "a login of two roles that take turns, so that a password changes without an outage",
    promises: [4],
    controls: ["logins-rotate", "overlap-bounded"],
  },
];

/** Controls of each promise, by its row. */
export const listControlsOf = (row: number): string[] => [
  ...new Set([...buildPostureRows(), ...buildPolicyRows()].filter(({ promises }) => promises.includes(row)).map(({ id }) => id)),
];
