import { SecurityBaseline } from "@palisade/neon/azure";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const group = new resources.ResourceGroup("shop", { location: "westeurope" });

const vault = new keyvault.Vault("shop", {
  resourceGroupName: group.name,
  vaultName: config.require("vaultName"),
  properties: {
    tenantId: config.require("tenantId"),
    sku: { family: keyvault.SkuFamily.A, name: keyvault.SkuName.Standard },
    enableRbacAuthorization: true,
    enablePurgeProtection: true,
  },
});

// The activity log and the vault's own, kept; Defender's plans; alerts; and who may do what, each at one resource.
const baseline = new SecurityBaseline("shop", {
  dataClass: "confidential",
  owner: "platform@example.com",
  retentionDays: 400,
  resourceGroupName: group.name,
  vaults: { shop: vault.id },
  contactEmails: ["security@example.com"],
  subscribers: { security: { email: "security@example.com" } },
  assignments: {
    auditor: { principalId: config.require("auditorId"), principalType: "Group", role: "keyVaultReader", scope: vault.id },
    operator: { principalId: config.require("operatorId"), role: "keyVaultCryptoOfficer", scope: vault.id },
  },
});

export const vaultId = vault.id;
export const storageAccountId = baseline.storageAccountId;
export const actionGroupId = baseline.actionGroupId;
