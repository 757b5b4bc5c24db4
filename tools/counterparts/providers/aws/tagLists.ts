/** Tags as AWS' APIs list them. */
export const toTagList = (tags: Record<string, string>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** As the classes of @pulumi/aws have them. */
export function readTags(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): {
  tags: Record<string, string>;
  tagsAll: Record<string, string>;
} {
  const tags = Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  return { tags, tagsAll: tags };
}
