import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";

/** A change as the engine reported it: what `palisade review` reads. */
export interface RecordedChange {
  readonly name: string;
  /** The event stream of the preview, one object a line. */
  readonly events: readonly object[];
  /** `pulumi stack export`, before the change. */
  readonly state: object;
  /** `pulumi preview --save-plan`. */
  readonly plan: object;
}

export const RECORDED_FILE = join(findPackageRoot(__dirname), "test/corpus/recorded.jsonl.gz");

/** Of the examples of baselines. */
export const BASELINE_FILE = join(findPackageRoot(__dirname), "test/corpus/baselines.jsonl.br");

/** What `node dist/tools/corpus/record.js` wrote, and `recordBaselines.js` with it, by name. */
export const readRecordedChanges = (): ReadonlyMap<string, RecordedChange> =>
  new Map(
    [gunzipSync(readFileSync(RECORDED_FILE)), brotliDecompressSync(readFileSync(BASELINE_FILE))]
      .flatMap((text) => text.toString("utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as RecordedChange)
      .map((change) => [change.name, change]),
  );
