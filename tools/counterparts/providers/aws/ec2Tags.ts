import { CreateTagsCommand, DeleteTagsCommand, type EC2Client, type ResourceType } from "@aws-sdk/client-ec2";
import type { Properties } from "../values.js";
import { computeTagChanges, toTags } from "./refresh.js";
import { toTagList } from "./tagLists.js";

/** For the call that makes an object; `undefined` where it has none, since AWS refuses an empty list. */
export function buildTagSpecifications(ResourceType: ResourceType, { tags }: Properties) {
  const Tags = toTagList(toTags(tags));
  return Tags.length === 0 ? undefined : [{ ResourceType, Tags }];
}

/** Brings the tags of an object, which is `live` now, to those of the inputs. */
export async function setTags(ec2: EC2Client, id: string, inputs: Properties, live: Properties): Promise<void> {
  const { set, removed } = computeTagChanges(live["tags"], inputs["tags"]);
  if (removed.length > 0) await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: removed.map((Key) => ({ Key })) }));
  if (Object.keys(set).length > 0) await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: toTagList(set) }));
}
