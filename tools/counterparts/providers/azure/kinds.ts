import { createHash, randomUUID } from "node:crypto";
import { isKnown, isProperties, type Properties, findText, toTexts } from "../values.js";

/** A kind of ARM, as far as the double knows it. */
export interface ArmKind {
  /** The id, with the inputs that it is made of; the last one is the name, made when the program leaves it out. */
  readonly path: string;
  /** What ARM refuses and the SDK's types do not, as a sentence. */
  readonly refuse?: (inputs: Properties, before: Properties | undefined) => string | undefined;
  /** What ARM adds to the inputs. */
  readonly outputs?: (inputs: Properties, id: string, before: Properties | undefined) => Properties;
  /** Deleted ones hold their name until they are purged, which no call of the provider does. */
  readonly recoverable?: true;
  /** A second write answers with what is there and changes nothing. */
  readonly writtenOnce?: true;
}

const GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const NETWORK = `${GROUP}/providers/Microsoft.Network`;

/** By the tokens of @pulumi/azure-native. */
export const KINDS: Readonly<Record<string, ArmKind>> = {
  "azure-native:authorization:RoleAssignment": {
    path: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    refuse: ({ roleAssignmentName, roleDefinitionId }, before) => {
      if (before !== undefined) return "RoleAssignmentUpdateNotPermitted: a role assignment cannot be changed";
      if (!GUID.test(findText(roleAssignmentName) ?? "")) return "InvalidRoleAssignmentId: the name of a role assignment is a GUID";
      const isRole = /\/providers\/microsoft\.authorization\/roledefinitions\/[^/]+$/i.test(findText(roleDefinitionId) ?? "");
      return isRole ? undefined : "BadRequestFormat: roleDefinitionId is the id of a role definition";
    },
  },
  "azure-native:keyvault:Key": {
    path: `${GROUP}/providers/Microsoft.KeyVault/vaults/{vaultName}/keys/{keyName}`,
    refuse: ({ properties }) => (getMember(properties, "kty") === undefined ? "BadParameter: kty is required" : undefined),
    outputs: ({ properties, vaultName, keyName }, id) => {
      const keyUri = `https://${findText(vaultName) ?? ""}.vault.azure.net/keys/${findText(keyName) ?? ""}`;
      return { ...(isProperties(properties) ? properties : {}), keyUri, keyUriWithVersion: `${keyUri}/${computeVersion(id)}` };
    },
    recoverable: true,
    writtenOnce: true,
  },
  "azure-native:keyvault:Vault": {
    path: `${GROUP}/providers/Microsoft.KeyVault/vaults/{vaultName}`,
    refuse: refuseVault,
    outputs: ({ properties, vaultName }) => ({
      properties: {
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        provisioningState: "Succeeded",
        ...(isProperties(properties) ? properties : {}),
        vaultUri: `https://${findText(vaultName) ?? ""}.vault.azure.net/`,
      },
    }),
    recoverable: true,
  },
  "azure-native:monitor:ActionGroup": {
    path: `${GROUP}/providers/Microsoft.Insights/actionGroups/{actionGroupName}`,
    refuse: ({ groupShortName }) =>
      (findText(groupShortName)?.length ?? 0) > 12 ? "BadRequest: groupShortName has 12 characters at most" : undefined,
  },
  "azure-native:monitor:ActivityLogAlert": {
    path: `${GROUP}/providers/Microsoft.Insights/activityLogAlerts/{activityLogAlertName}`,
    refuse: ({ scopes }) => (toTexts(scopes).length > 0 ? undefined : "BadRequest: scopes is required"),
  },
  "azure-native:monitor:DiagnosticSetting": {
    path: "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    refuse: refuseNoSink,
  },
  "azure-native:monitor:SubscriptionDiagnosticSetting": {
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    refuse: refuseNoSink,
  },
  "azure-native:network:FlowLog": {
    path: `${NETWORK}/networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}`,
    refuse: ({ storageId, targetResourceId }) =>
      isKnown(storageId) && isKnown(targetResourceId) ? undefined : "InvalidRequestFormat: storageId and targetResourceId are required",
  },
  "azure-native:network:NetworkSecurityGroup": { path: `${NETWORK}/networkSecurityGroups/{networkSecurityGroupName}` },
  "azure-native:network:PrivateDnsZoneGroup": {
    path: `${NETWORK}/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}`,
  },
  "azure-native:network:PrivateEndpoint": {
    path: `${NETWORK}/privateEndpoints/{privateEndpointName}`,
    refuse: ({ subnet, manualPrivateLinkServiceConnections: manual, privateLinkServiceConnections: direct }) => {
      if (getMember(subnet, "id") === undefined) return "InvalidRequestFormat: subnet.id is required";
      return toList(manual).length + toList(direct).length === 1 ? undefined : "InvalidRequestFormat: one connection is required";
    },
    // A manual one waits for the service's owner; a direct one is of somebody who may approve it.
    outputs: (inputs, _, before) => ({
      ...Object.fromEntries(
        Object.entries({ manualPrivateLinkServiceConnections: "Pending", privateLinkServiceConnections: "Approved" }).map(
          ([name, status]) => [name, addStatus(inputs[name], status, before?.[name])],
        ),
      ),
      // No class of the SDK has it: only ARM returns it.
      [GUID_PROPERTY]: before?.[GUID_PROPERTY] ?? randomUUID(),
    }),
  },
  "azure-native:network:Subnet": {
    path: `${NETWORK}/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}`,
    refuse: ({ addressPrefix, addressPrefixes }) =>
      isKnown(addressPrefix) || toTexts(addressPrefixes).length > 0 ? undefined : "InvalidRequestFormat: an address prefix is required",
  },
  "azure-native:network:VirtualNetwork": {
    path: `${NETWORK}/virtualNetworks/{virtualNetworkName}`,
    refuse: ({ addressSpace }) =>
      toTexts(getMember(addressSpace, "addressPrefixes")).length > 0 ? undefined : "InvalidRequestFormat: an address space is required",
  },
  "azure-native:privatedns:PrivateZone": { path: `${NETWORK}/privateDnsZones/{privateZoneName}`, refuse: refuseNonGlobal },
  "azure-native:privatedns:VirtualNetworkLink": {
    path: `${NETWORK}/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}`,
    refuse: (inputs) =>
      refuseNonGlobal(inputs) ??
      (getMember(inputs["virtualNetwork"], "id") === undefined ? "BadRequest: virtualNetwork.id is required" : undefined),
  },
  "azure-native:resources:ResourceGroup": { path: GROUP },
  "azure-native:security:Pricing": {
    path: "/{scopeId}/providers/Microsoft.Security/pricings/{pricingName}",
    refuse: ({ pricingTier }) =>
      ["Free", "Standard"].includes(findText(pricingTier) ?? "") ? undefined : "InvalidInputJson: pricingTier is Free or Standard",
  },
  "azure-native:security:SecurityContact": {
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.Security/securityContacts/{securityContactName}",
    refuse: ({ securityContactName }) => (securityContactName === "default" ? undefined : 'BadRequest: the contact is "default"'),
  },
  "azure-native:storage:ManagementPolicy": {
    path: `${GROUP}/providers/Microsoft.Storage/storageAccounts/{accountName}/managementPolicies/{managementPolicyName}`,
    refuse: ({ managementPolicyName }) => (managementPolicyName === "default" ? undefined : 'BadRequest: the policy is "default"'),
  },
  "azure-native:storage:StorageAccount": {
    path: `${GROUP}/providers/Microsoft.Storage/storageAccounts/{accountName}`,
    refuse: ({ accountName }) =>
      /^[a-z0-9]{3,24}$/.test(findText(accountName) ?? "") ? undefined : "AccountNameInvalid: 3 to 24 small letters and digits",
  },
};

/** The member of a private endpoint that tells it from every other, also from a later one of the same name. */
export const GUID_PROPERTY = "resourceGuid";

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function refuseVault({ vaultName, properties }: Properties, before: Properties | undefined): string | undefined {
  if (!/^[a-z][a-z0-9-]{2,23}$/i.test(findText(vaultName) ?? ""))
    return `VaultNameNotValid: "${findText(vaultName) ?? ""}" is no name of a vault`;
  if (!["standard", "premium"].includes(findText(getMember(getMember(properties, "sku"), "name")) ?? ""))
    return "BadRequest: sku.name is standard or premium";
  const [protectedBefore, protectedAfter] = [
    getMember(before?.["properties"], "enablePurgeProtection"),
    getMember(properties, "enablePurgeProtection"),
  ];
  if (protectedAfter === false) return "BadRequest: enablePurgeProtection cannot be set to false";
  return protectedBefore === true && protectedAfter !== true ? "BadRequest: purge protection cannot be taken away" : undefined;
}

function refuseNoSink({ storageAccountId, workspaceId }: Properties): string | undefined {
  return isKnown(storageAccountId) || isKnown(workspaceId) ? undefined : "BadRequest: logs go to at least one place";
}

/** Private DNS is in no region. */
function refuseNonGlobal({ location }: Properties): string | undefined {
  return location === undefined || location === "global" ? undefined : 'LocationNotAvailableForResourceType: the location is "global"';
}

const getMember = (value: unknown, name: string): unknown => (isProperties(value) ? value[name] : undefined);

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** @param before the connections with what their owner has said of them since */
const addStatus = (connections: unknown, status: string, before: unknown): unknown =>
  Array.isArray(connections)
    ? connections.map((one, index) => {
        const said = getMember(toList(before)[index], STATUS) ?? { status, description: "", actionsRequired: "" };
        return { ...(one as Properties), [STATUS]: said };
      })
    : undefined;

const STATUS = "privateLinkServiceConnectionState";

/** 32 hexadecimal digits, as versions of keys have them; the same for the same key. */
const computeVersion = (id: string): string => createHash("sha256").update(id).digest("hex").slice(0, 32);
