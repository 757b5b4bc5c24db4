import { open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { type Assumption, getReferencedId, findTargetId } from "../contract/assumption.js";
import { isProperties, UNKNOWN } from "../provider/introspection.js";

/** The engine tells of an object before whoever depends on it is registered, but writes its log beside: so long at most it is waited for. */
const LONGEST_MS = 30_000;
const EACH_MS = 25;

/** What the objects that an update has made so far give to who refers to them, as its event log tells. */
export class CreatedObjects {
  readonly #made = new Map<string, { id?: string; outputs?: Record<string, unknown> }>();
  /** Bytes of whole lines that were read. */
  #read = 0;

  /** @param file that `pulumi up --event-log` writes, one event a line */
  constructor(private readonly file: string) {}

  /** The id, once the object is made; undefined when the log does not tell of it in time. */
  async waitForId({ target, part }: Pick<Assumption, "target" | "part">): Promise<string | undefined> {
    const deadline = Date.now() + LONGEST_MS;
    for (;;) {
      await this.#readNewLines();
      const object = this.#made.get(target);
      if (object) return findTargetId(part, object);
      if (Date.now() > deadline) return undefined;
      await pause(EACH_MS);
    }
  }

  async #readNewLines(): Promise<void> {
    const handle = await open(this.file, "r").catch(() => undefined);
    if (!handle) return;
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - this.#read)), { position: this.#read });
      const whole = buffer.subarray(0, bytesRead).lastIndexOf("\n") + 1;
      this.#read += whole;
      for (const line of buffer.toString("utf8", 0, whole).split("\n")) this.#recordEvent(line);
    } finally {
      await handle.close();
    }
  }

  #recordEvent(line: string): void {
    if (!line.includes('"resOutputsEvent"')) return;
    const { resOutputsEvent: event } = JSON.parse(line) as { resOutputsEvent?: { planning?: boolean; metadata?: Record<string, unknown> } };
    const made = event?.metadata?.["new"];
    if (event?.planning === true || !isProperties(made) || typeof made["urn"] !== "string") return;
    this.#made.set(made["urn"], made);
  }
}

/** One sentence when a reference is not what the verdict took it for. What is unknown is not looked at yet. */
export async function findBrokenAssumption(
  assumption: Assumption,
  actual: unknown,
  made: Pick<CreatedObjects, "waitForId">,
): Promise<string | undefined> {
  if (actual === UNKNOWN) return undefined;
  const { property, part, target } = assumption;
  const expected = assumption.expected ?? (await made.waitForId(assumption));
  if (expected === undefined) return `${property} could not be compared: the update does not tell the ${part} of ${target}`;
  return typeof actual === "string" && getReferencedId(part, actual) === expected
    ? undefined
    : `${property} is not the ${part} of ${target}, as the verdict took it to be`;
}
