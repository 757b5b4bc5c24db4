import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageRoot } from "../../cli/pulumi/packageRoot.js";

/** A change as the engine told it: what `palisade review` reads. */
export interface StoredChange {
  readonly name: string;
  /** The event stream of the preview, one object a line. */
  readonly events: readonly object[];
  /** `pulumi stack export`, before the change. */
  readonly state: object;
  /** `pulumi preview --save-plan`. */
  readonly plan: object;
}

export const STORE = join(packageRoot(__dirname), "test/corpus/recorded.jsonl.gz");

/** What `node dist/tools/corpus/record.js` wrote, by name. */
export const storedChanges = (file = STORE): ReadonlyMap<string, StoredChange> =>
  new Map(
    gunzipSync(readFileSync(file))
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as StoredChange)
      .map((change) => [change.name, change]),
  );
