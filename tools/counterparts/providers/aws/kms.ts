import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import type { KindDouble } from "../providerDouble.js";
import { isAlike, isKnown, type Properties, findText } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { refreshRecorded, computeTagChanges, toTags } from "./refresh.js";
import { refuseInvalidJson, allowOnly, refuseOutOfRange } from "./validation.js";

/** Of the real provider, in days; AWS' own limits. */
const DELETION_WINDOW = { least: 7, most: 30 };
const ROTATION_PERIOD = { least: 90, most: 2_560 };

/** `aws:kms/key:Key` by calls of KMS. */
export const createKeyKind = (kms: KMSClient): KindDouble => ({
  replacedBy: ["customerMasterKeySpec", "keyUsage", "multiRegion"],
  defaults: {
    bypassPolicyLockoutSafetyCheck: false,
    customerMasterKeySpec: "SYMMETRIC_DEFAULT",
    enableKeyRotation: false,
    isEnabled: true,
    keyUsage: "ENCRYPT_DECRYPT",
  },
  validate: (inputs) => [
    ...allowOnly(
      ...["bypassPolicyLockoutSafetyCheck", "customerMasterKeySpec", "deletionWindowInDays", "description", "enableKeyRotation"],
      ...["isEnabled", "keyUsage", "multiRegion", "policy", "region", "rotationPeriodInDays", "tags"],
    )(inputs),
    ...refuseOutOfRange("deletionWindowInDays", inputs, DELETION_WINDOW),
    ...refuseOutOfRange("rotationPeriodInDays", inputs, ROTATION_PERIOD),
    ...refuseInvalidJson("policy", inputs),
    ...(isKnown(inputs["rotationPeriodInDays"]) && inputs["enableKeyRotation"] === false
      ? [{ property: "rotationPeriodInDays", reason: '"enableKeyRotation" must be true beside it' }]
      : []),
  ],
  create: async (inputs, made) => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Description: findText(inputs["description"]),
        KeySpec: inputs["customerMasterKeySpec"] as KeySpec,
        KeyUsage: inputs["keyUsage"] as KeyUsageType,
        MultiRegion: inputs["multiRegion"] === true,
        Policy: findText(inputs["policy"]),
        BypassPolicyLockoutSafetyCheck: inputs["bypassPolicyLockoutSafetyCheck"] === true,
        Tags: toTagList(toTags(inputs["tags"])),
      }),
    );
    const id = KeyMetadata?.KeyId ?? "";
    made(id);
    await setRotation(kms, id, inputs, { enableKeyRotation: false });
    await setEnabled(kms, id, inputs, { isEnabled: true });
    return id;
  },
  read: (id) => readKey(kms, id),
  update: async (id, inputs, live) => {
    // A disabled key takes no changes but this one.
    if (inputs["isEnabled"] === true) await setEnabled(kms, id, inputs, live);
    const description = findText(inputs["description"]) ?? "";
    if (description !== (live["description"] ?? ""))
      await kms.send(new UpdateKeyDescriptionCommand({ KeyId: id, Description: description }));
    await setPolicy(kms, id, inputs, live);
    await setRotation(kms, id, inputs, live);
    await setTags(kms, id, inputs, live);
    if (inputs["isEnabled"] !== true) await setEnabled(kms, id, inputs, live);
  },
  delete: async (id, state) => {
    const days = state["deletionWindowInDays"];
    const PendingWindowInDays = typeof days === "number" ? days : DELETION_WINDOW.most;
    if ((await readKey(kms, id)) !== undefined) await kms.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays }));
  },
  refreshInputs: refreshRecorded,
});

async function readKey(kms: KMSClient, KeyId: string): Promise<Properties | undefined> {
  const described = await ignoreNotFound(kms.send(new DescribeKeyCommand({ KeyId })));
  const key = described?.KeyMetadata;
  // As the real provider: what waits for its deletion is gone.
  if (key === undefined || key.KeyState === "PendingDeletion") return undefined;
  const [rotation, { Policy }, { Tags = [] }] = await Promise.all([
    kms.send(new GetKeyRotationStatusCommand({ KeyId })),
    kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" })),
    kms.send(new ListResourceTagsCommand({ KeyId })),
  ]);
  const tags = Object.fromEntries(Tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
  return {
    arn: key.Arn,
    customerMasterKeySpec: key.KeySpec,
    description: key.Description ?? "",
    enableKeyRotation: rotation.KeyRotationEnabled === true,
    isEnabled: key.Enabled === true,
    keyId: key.KeyId,
    keyUsage: key.KeyUsage,
    multiRegion: key.MultiRegion === true,
    policy: Policy,
    region: key.Arn?.split(":")[3],
    rotationPeriodInDays: rotation.RotationPeriodInDays,
    tags,
    tagsAll: tags,
  };
}

async function setEnabled(kms: KMSClient, KeyId: string, { isEnabled }: Properties, live: Properties): Promise<void> {
  if (isEnabled === live["isEnabled"]) return;
  if (isEnabled === true) await kms.send(new EnableKeyCommand({ KeyId }));
  else await kms.send(new DisableKeyCommand({ KeyId }));
}

async function setPolicy(kms: KMSClient, KeyId: string, inputs: Properties, live: Properties): Promise<void> {
  const Policy = findText(inputs["policy"]);
  if (Policy === undefined || isAlike(Policy, live["policy"])) return;
  const BypassPolicyLockoutSafetyCheck = inputs["bypassPolicyLockoutSafetyCheck"] === true;
  await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy, BypassPolicyLockoutSafetyCheck }));
}

async function setRotation(kms: KMSClient, KeyId: string, inputs: Properties, live: Properties): Promise<void> {
  const { enableKeyRotation, rotationPeriodInDays } = inputs;
  const samePeriod = rotationPeriodInDays === undefined || rotationPeriodInDays === live["rotationPeriodInDays"];
  if (enableKeyRotation === live["enableKeyRotation"] && (enableKeyRotation !== true || samePeriod)) return;
  if (enableKeyRotation !== true) {
    await kms.send(new DisableKeyRotationCommand({ KeyId }));
    return;
  }
  const RotationPeriodInDays = typeof rotationPeriodInDays === "number" ? rotationPeriodInDays : undefined;
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays }));
}

async function setTags(kms: KMSClient, KeyId: string, inputs: Properties, live: Properties): Promise<void> {
  const { set, removed } = computeTagChanges(live["tags"], inputs["tags"]);
  if (removed.length > 0) await kms.send(new UntagResourceCommand({ KeyId, TagKeys: removed }));
  if (Object.keys(set).length > 0) await kms.send(new TagResourceCommand({ KeyId, Tags: toTagList(set) }));
}

const toTagList = (tags: Record<string, string>) => Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

/** `aws:kms/alias:Alias` by calls of KMS. */
export const createAliasKind = (kms: KMSClient): KindDouble => ({
  replacedBy: ["name", "namePrefix"],
  autoName: { input: "name", make: (logicalName, random) => `alias/${logicalName}-${random.slice(0, 7)}` },
  validate: ({ name, namePrefix }) => {
    if (namePrefix !== undefined) return [{ property: "namePrefix", reason: "the double of aws takes name alone" }];
    if (typeof name !== "string" || !isKnown(name) || (/^alias\/[\w/-]+$/.test(name) && !name.startsWith("alias/aws/"))) return [];
    return [
      { property: "name", reason: 'must begin with "alias/", not with "alias/aws/", and hold letters, digits, "/", "_" and "-" alone' },
    ];
  },
  create: async (inputs) => {
    const name = findText(inputs["name"]) ?? "";
    await kms.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: findText(inputs["targetKeyId"]) }));
    return name;
  },
  read: (id) => readAlias(kms, id),
  update: async (id, inputs) => {
    await kms.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: findText(inputs["targetKeyId"]) }));
  },
  delete: async (id) => {
    await ignoreNotFound(kms.send(new DeleteAliasCommand({ AliasName: id })));
  },
  // A key is named by its id or by its ARN: the recorded spelling stays while it is the same key.
  refreshInputs: (inputs, state, live) => {
    const isSame = inputs["targetKeyId"] === live["targetKeyArn"];
    return { ...refreshRecorded(inputs, state, live), ...(isSame && { targetKeyId: inputs["targetKeyId"] }) };
  },
});

async function readAlias(kms: KMSClient, name: string): Promise<Properties | undefined> {
  let Marker: string | undefined;
  do {
    const { Aliases = [], NextMarker } = await kms.send(new ListAliasesCommand({ Marker }));
    const found = Aliases.find(({ AliasName }) => AliasName === name);
    if (found?.TargetKeyId !== undefined) {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: found.TargetKeyId }));
      const region = found.AliasArn?.split(":")[3];
      return { arn: found.AliasArn, name, region, targetKeyArn: KeyMetadata?.Arn, targetKeyId: found.TargetKeyId };
    }
    Marker = NextMarker;
  } while (Marker !== undefined);
  return undefined;
}
