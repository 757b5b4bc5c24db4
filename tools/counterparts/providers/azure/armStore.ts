import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Properties } from "../values.js";

/** An object as ARM would hold it. */
export interface ArmObject {
  readonly id: string;
  readonly token: string;
  /** By the names of the Pulumi class, inputs and outputs. */
  readonly properties: Properties;
}

interface Content {
  /** By their ids in lower case: ARM does not tell cases apart. */
  readonly objects: Readonly<Record<string, ArmObject>>;
  /** Ids in lower case of what is deleted and recoverable. */
  readonly deleted: readonly string[];
}

/**
 * What a double of ARM holds, in a file: every call of the Pulumi CLI restarts its plugins. It is read at each access, so a test that changes it
 * is another client. One process writes at a time.
 */
export class ArmStore {
  constructor(private readonly file: string) {}

  get(id: string): ArmObject | undefined {
    return this.read().objects[id.toLowerCase()];
  }

  list(): ArmObject[] {
    return Object.values(this.read().objects);
  }

  put(object: ArmObject): void {
    const { objects, deleted } = this.read();
    this.write({ objects: { ...objects, [object.id.toLowerCase()]: object }, deleted });
  }

  /** Takes the object away, and with it what lies below it. @param recoverable whether its name stays held */
  remove(id: string, recoverable: boolean): void {
    const { objects, deleted } = this.read();
    const key = id.toLowerCase();
    const kept = Object.entries(objects).filter(([one]) => one !== key && !one.startsWith(`${key}/`));
    this.write({ objects: Object.fromEntries(kept), deleted: recoverable ? [...deleted, key] : deleted });
  }

  /** Ids in lower case. */
  listDeleted(): readonly string[] {
    return this.read().deleted;
  }

  private read(): Content {
    if (!existsSync(this.file)) return { objects: {}, deleted: [] };
    return JSON.parse(readFileSync(this.file, "utf8")) as Content;
  }

  private write(content: Content): void {
    const draft = `${this.file}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(content, undefined, 1));
    renameSync(draft, this.file);
  }
}
