import {
  AddTagsCommand,
  type AdvancedEventSelector,
  type CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  PutEventSelectorsCommand,
  RemoveTagsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import type { KindDouble } from "../providerDouble.js";
import { findText, isAlike, type Properties } from "../values.js";
import { toApiNames, toClassNames } from "./apiNames.js";
import { ignoreNotFound } from "./clients.js";
import { computeTagChanges, refreshRecorded } from "./refresh.js";
import { allowOnly } from "./validation.js";

/** `aws:cloudtrail/trail:Trail` by calls of CloudTrail. ministack writes no log files. */
export const createTrailKind = (cloudTrail: CloudTrailClient, region: string): KindDouble => ({
  replacedBy: ["name"],
  autoName: { input: "name", make: (name, random) => `${name}-${random.slice(0, 7)}` },
  defaults: {
    enableLogFileValidation: false,
    enableLogging: true,
    includeGlobalServiceEvents: true,
    isMultiRegionTrail: false,
  },
  validate: allowOnly(
    ...["advancedEventSelectors", "enableLogFileValidation", "enableLogging", "includeGlobalServiceEvents", "isMultiRegionTrail"],
    ...["kmsKeyId", "name", "region", "s3BucketName", "tags"],
  ),
  create: async (inputs, made) => {
    const { TrailARN: id = "" } = await cloudTrail.send(new CreateTrailCommand(toTrail(inputs)));
    made(id);
    // ministack keeps none that come with the trail.
    await setTags(cloudTrail, id, inputs, {});
    await setLogging(cloudTrail, id, inputs);
    await setSelectors(cloudTrail, id, inputs, {});
    return id;
  },
  read: (id) => readTrail(cloudTrail, id, region),
  update: async (id, inputs, live) => {
    await cloudTrail.send(new UpdateTrailCommand({ ...toTrail(inputs), Name: id }));
    if (inputs["enableLogging"] !== live["enableLogging"]) await setLogging(cloudTrail, id, inputs);
    await setSelectors(cloudTrail, id, inputs, live);
    await setTags(cloudTrail, id, inputs, live);
  },
  delete: async (id) => {
    await ignoreNotFound(cloudTrail.send(new DeleteTrailCommand({ Name: id })));
  },
  refreshInputs: refreshRecorded,
});

const toTrail = (inputs: Properties) => ({
  Name: findText(inputs["name"]) ?? "",
  S3BucketName: findText(inputs["s3BucketName"]) ?? "",
  // Left out it would stay as it was.
  KmsKeyId: findText(inputs["kmsKeyId"]) ?? "",
  EnableLogFileValidation: inputs["enableLogFileValidation"] === true,
  IncludeGlobalServiceEvents: inputs["includeGlobalServiceEvents"] === true,
  IsMultiRegionTrail: inputs["isMultiRegionTrail"] === true,
});

async function readTrail(cloudTrail: CloudTrailClient, Name: string, region: string): Promise<Properties | undefined> {
  const trail = (await ignoreNotFound(cloudTrail.send(new GetTrailCommand({ Name }))))?.Trail;
  if (trail === undefined) return undefined;
  const [{ IsLogging }, { AdvancedEventSelectors = [] }, { ResourceTagList = [] }] = await Promise.all([
    cloudTrail.send(new GetTrailStatusCommand({ Name })),
    cloudTrail.send(new GetEventSelectorsCommand({ TrailName: Name })),
    cloudTrail.send(new ListTagsCommand({ ResourceIdList: [Name] })),
  ]);
  const tags = Object.fromEntries((ResourceTagList[0]?.TagsList ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  return {
    arn: trail.TrailARN,
    advancedEventSelectors: toClassNames(AdvancedEventSelectors),
    enableLogFileValidation: trail.LogFileValidationEnabled === true,
    enableLogging: IsLogging === true,
    homeRegion: trail.HomeRegion,
    includeGlobalServiceEvents: trail.IncludeGlobalServiceEvents === true,
    isMultiRegionTrail: trail.IsMultiRegionTrail === true,
    kmsKeyId: trail.KmsKeyId,
    name: trail.Name,
    region,
    s3BucketName: trail.S3BucketName,
    tags,
    tagsAll: tags,
  };
}

async function setLogging(cloudTrail: CloudTrailClient, Name: string, { enableLogging }: Properties): Promise<void> {
  if (enableLogging === true) await cloudTrail.send(new StartLoggingCommand({ Name }));
  else await cloudTrail.send(new StopLoggingCommand({ Name }));
}

async function setSelectors(cloudTrail: CloudTrailClient, TrailName: string, inputs: Properties, live: Properties): Promise<void> {
  const wanted = inputs["advancedEventSelectors"] ?? [];
  if (isAlike(wanted, live["advancedEventSelectors"] ?? [])) return;
  const AdvancedEventSelectors = toApiNames(wanted) as AdvancedEventSelector[];
  await cloudTrail.send(new PutEventSelectorsCommand({ TrailName, AdvancedEventSelectors }));
}

async function setTags(cloudTrail: CloudTrailClient, ResourceId: string, inputs: Properties, live: Properties): Promise<void> {
  const { set, removed } = computeTagChanges(live["tags"], inputs["tags"]);
  const lost = removed.map((Key) => ({ Key }));
  if (removed.length > 0) await cloudTrail.send(new RemoveTagsCommand({ ResourceId, TagsList: lost }));
  if (Object.keys(set).length > 0) await cloudTrail.send(new AddTagsCommand({ ResourceId, TagsList: toTagList(set) }));
}

const toTagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
