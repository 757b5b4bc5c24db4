import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../contract/errors.js";
import { DATA_CLASSES, type DataClass, formatRetention, TAG_KEYS } from "../contract/tags.js";

/** Ten years of 365 days: the longest that Azure takes for a rule by age, and longer than any of the frameworks asks for. */
const MOST_DAYS = 3_650;

/** What every part of a baseline says of itself, in the tags of everything that has tags. */
export interface RequiredTagsArgs {
  /** Class of the data that is held or guarded: `public`, `internal`, `confidential` or `restricted`. Tag `dataClass`. */
  readonly dataClass: pulumi.Input<DataClass>;
  /** Who answers for it: a team, or an address. Tag `owner`. */
  readonly owner: pulumi.Input<string>;
  /** Days for which records are kept, 1 to 3650. Tag `retention`, such as `400d`; where the part keeps records, also how long it does. */
  readonly retentionDays: pulumi.Input<number>;
  /** Further tags. The three above cannot be replaced by them. */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** @throws PAL_BASELINE_TAGS, once they are known */
export const buildTags = ({ dataClass, owner, retentionDays, tags }: RequiredTagsArgs): pulumi.Output<Record<string, string>> =>
  pulumi.output({ dataClass, owner, retentionDays, tags: tags ?? {} }).apply((one): Record<string, string> => {
    assertTags(one);
    return {
      ...one.tags,
      [TAG_KEYS.dataClass]: one.dataClass,
      [TAG_KEYS.owner]: one.owner,
      [TAG_KEYS.retention]: formatRetention(one.retentionDays),
    };
  });

/** @throws PAL_BASELINE_TAGS, once it is known */
export const resolveRetention = ({ retentionDays }: RequiredTagsArgs): pulumi.Output<number> =>
  pulumi.output(retentionDays).apply((days) => assertRetention(days));

/** @throws PAL_BASELINE_TAGS */
export function assertTags({ dataClass, owner, retentionDays }: { dataClass: string; owner: string; retentionDays: number }): void {
  if (!DATA_CLASSES.some((one) => one === dataClass))
    throw new PalisadeError("PAL_BASELINE_TAGS", `dataClass is ${JSON.stringify(dataClass)}, not one of ${DATA_CLASSES.join(", ")}`);
  if (typeof owner !== "string" || owner.trim() === "") throw new PalisadeError("PAL_BASELINE_TAGS", "owner is empty");
  assertRetention(retentionDays);
}

function assertRetention(days: number): number {
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
    throw new PalisadeError("PAL_BASELINE_TAGS", `retentionDays is ${JSON.stringify(days)}`);
  return days;
}
