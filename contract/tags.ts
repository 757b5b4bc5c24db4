/** Keys of the tags that every taggable resource of a baseline bears, in both clouds: whoever asks by tag asks by these. */
export const TAG_KEYS = { dataClass: "dataClass", owner: "owner", retention: "retention" } as const;

/** Classes of data, the most open first. */
export const DATA_CLASSES = ["public", "internal", "confidential", "restricted"] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** As the tag `retention` says it: `400d`. */
export const formatRetention = (days: number): string => `${days}d`;

/** Keys of the tags that are missing or empty. */
export const listMissingTags = (tags: Readonly<Record<string, unknown>>): string[] =>
  Object.values(TAG_KEYS).filter((key) => tags[key] === undefined || tags[key] === "");
