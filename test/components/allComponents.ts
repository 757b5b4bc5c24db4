import type * as pulumi from "@pulumi/pulumi";
import * as aws from "../../components/aws/index.js";
import * as azure from "../../components/azure/index.js";

/** Every component with what it needs, for tests that walk over all of their children. */

export const TAGS = { dataClass: "confidential", owner: "platform@example.com", retentionDays: 400 } as const;
const EXISTING = { tags: { dataClass: "confidential", owner: "platform@example.com", retention: "400d" } };
export const principal = (name: string): string[] => [`arn:aws:iam::111122223333:role/${name}`];
export const BUCKET_ARN = "arn:aws:s3:::shop-backups";
export const KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
export const SUBSCRIBERS = { security: { email: "security@example.com" }, pager: { https: "https://pager.example.com/hook" } };
export const ROLES = {
  deployer: { principalArns: principal("pipeline"), externalId: "pipeline-of-the-shop" },
  reader: { principalArns: principal("auditor") },
  operator: { principalArns: principal("operator") },
  breakGlass: { principalArns: principal("first-responder") },
};
export const AWS_BASELINE: aws.SecurityBaselineArgs = {
  ...TAGS,
  bucketArns: [BUCKET_ARN],
  keyArns: [KEY_ARN],
  keyAdministrators: principal("security"),
  logReaders: principal("auditor"),
  subscribers: SUBSCRIBERS,
  roles: ROLES,
};

const GUID = "33333333-3333-4333-8333-333333333333";
export const GROUP_ID = "/subscriptions/0/resourceGroups/shop";
export const VAULT_ID = `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/shop`;
export const ASSIGNMENTS: azure.RoleAssignmentsArgs["assignments"] = {
  auditor: { principalId: GUID, principalType: "Group", role: "keyVaultReader", scope: VAULT_ID },
};
const STORE = { resourceGroupName: "shop" };
export const AZURE_BASELINE: azure.SecurityBaselineArgs = {
  ...TAGS,
  ...STORE,
  vaults: { shop: VAULT_ID },
  contactEmails: ["security@example.com", "owner@example.com"],
  subscribers: SUBSCRIBERS,
  assignments: ASSIGNMENTS,
};

const PROJECT = { projectId: "quiet-lake-12345678", ...EXISTING };

/** By type token. */
export const COMPONENTS: Readonly<Record<string, () => pulumi.ComponentResource>> = {
  "palisade:aws:AccessRoles": () =>
    new aws.AccessRoles("shop", {
      ...TAGS,
      ...ROLES,
      bucketArns: [BUCKET_ARN],
      alarmTopicArn: "arn:aws:sns:eu-central-1:111122223333:shop",
    }),
  "palisade:aws:AuditTrail": () => new aws.AuditTrail("shop", TAGS),
  "palisade:aws:BackupStore": () => new aws.BackupStore("shop", { kmsKeyArn: KEY_ARN, ...EXISTING }),
  "palisade:aws:CustomerKey": () =>
    new aws.CustomerKey("shop", { ...PROJECT, organizationId: "org-1", userRoleArn: "arn:aws:iam::111122223333:role/palisade" }),
  "palisade:aws:PrivateNetwork": () =>
    new aws.PrivateNetwork("shop", {
      ...PROJECT,
      regionId: "aws-us-east-2",
      vpcId: "vpc-1",
      subnetIds: ["subnet-1"],
      allowFrom: { application: { cidrIpv4: "10.0.0.0/16" } },
    }),
  "palisade:aws:SecurityBaseline": () => new aws.SecurityBaseline("shop", AWS_BASELINE),
  "palisade:aws:SegmentedVpc": () => new aws.SegmentedVpc("shop", { flowLogsBucketArn: "arn:aws:s3:::flow-logs", ipv6: true, ...EXISTING }),
  "palisade:aws:ThreatDetection": () => new aws.ThreatDetection("shop", { ...TAGS, subscribers: SUBSCRIBERS }),
  "palisade:azure:ActivityAlerts": () => new azure.ActivityAlerts("shop", { ...TAGS, ...STORE, subscribers: SUBSCRIBERS }),
  "palisade:azure:ActivityLogExport": () => new azure.ActivityLogExport("shop", { ...TAGS, ...STORE }),
  "palisade:azure:BackupStore": () =>
    new azure.BackupStore("shop", {
      ...STORE,
      ...EXISTING,
      ...{ vaultUrl: "https://acme.vault.azure.net", keyName: "store", identityId: "/id/identity" },
    }),
  "palisade:azure:CustomerKey": () => new azure.CustomerKey("shop", { ...PROJECT, ...STORE, tenantId: GUID, principalId: GUID }),
  "palisade:azure:DefenderPlans": () => new azure.DefenderPlans("shop", { contactEmails: ["security@example.com"] }),
  "palisade:azure:PrivateNetwork": () =>
    new azure.PrivateNetwork("shop", {
      ...PROJECT,
      ...STORE,
      regionId: "azure-eastus2",
      virtualNetworkId: "/id/network",
      subnetId: "/id/subnet",
    }),
  "palisade:azure:RoleAssignments": () => new azure.RoleAssignments("shop", { assignments: ASSIGNMENTS }),
  "palisade:azure:SecurityBaseline": () => new azure.SecurityBaseline("shop", AZURE_BASELINE),
  "palisade:azure:SegmentedVnet": () =>
    new azure.SegmentedVnet("shop", { ...STORE, location: "westeurope", flowLogsStorageId: "/id/logs", ...EXISTING }),
  "palisade:azure:VaultLogs": () => new azure.VaultLogs("shop", { vaults: { shop: VAULT_ID }, storageAccountId: "/id/logs" }),
};
