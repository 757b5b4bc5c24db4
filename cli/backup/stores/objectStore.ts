/** Where objects lie: a directory, a bucket or a container. Names are ours: letters, digits, `-`, `.` and `/`. */
export interface ObjectStore {
  /** What messages and manifests call the place; without a secret. Two configurations of one place have one name. */
  readonly name: string;
  /**
   * A new object, in bounded memory. What fails on the way, and a source that fails, leaves no object of that name.
   * @throws PAL_BACKUP_STORE, also where the object is there already
   */
  putStream(name: string, source: AsyncIterable<Buffer>): Promise<void>;
  /** A small object. @returns false where there is one of the name: it stays as it is @throws PAL_BACKUP_STORE */
  putNew(name: string, bytes: Buffer): Promise<boolean>;
  /** A small object, undefined where there is none. @throws PAL_BACKUP_STORE, also for more than `most` bytes */
  get(name: string, most: number): Promise<Buffer | undefined>;
  /** @throws PAL_BACKUP_STORE, also where there is no such object */
  read(name: string): AsyncIterable<Buffer>;
  /** Names that begin with this, in no order. @throws PAL_BACKUP_STORE */
  list(beginning: string): Promise<string[]>;
  /** No action where there is none. @throws PAL_BACKUP_STORE */
  remove(name: string): Promise<void>;
  /** Whether what is removed or replaced is kept as a version. Undefined where the place cannot be asked. */
  keepsVersions(): Promise<boolean | undefined>;
}

/** Of what is uploaded at a time. Bytes. A multipart upload has at most 10,000 parts, so an object at most 320 GB. */
export const PART_BYTES = 32 << 20;
