import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { flushDirectory } from "@palisade/neon/encryption/durableFile";
import { getStreamName } from "../auditSource.js";
import type { EventFormat } from "../formats/format.js";
import { selectMissing } from "./resume.js";
import { type Batch, createDeliveryFailure, describeSocketError, type Sink } from "./sink.js";

const LINE_FEED = 0x0a;
const CHUNK_BYTES = 65_536;
const ROW_BEGIN = '{"';
const OTHERS = 0o077;
/** Appends to what is there, reads its end, follows no link. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface FileOptions {
  /** The plane's folder for exports. */
  readonly folder: string;
  readonly organization: string | null;
  /** Without a path. */
  readonly name: string;
  readonly format: EventFormat;
}

/** Files of this process that an export writes: two would each take the other's rows for their own. */
const inUse = new Set<string>();

/**
 * A file of lines, `FOLDER/ORGANISATION/NAME`, mode 0600. The file itself says where it ends: what a crash cut short is cut away, what is there
 * already is not written again. It grows; whoever moves it away gets a new one.
 */
export class FileSink implements Sink {
  readonly maxBatchBytes = 1_048_576;
  readonly gatherMs = 0;
  confirmed = 0;
  private readonly folder: string;
  private readonly path: string;

  /** @throws PAL_EXPORT_CONFLICT while another export writes the file */
  constructor(private readonly options: FileOptions) {
    this.folder = join(options.folder, getStreamName(options.organization));
    this.path = join(this.folder, options.name);
    if (inUse.has(this.path)) throw new PalisadeError("PAL_EXPORT_CONFLICT", `another export writes the file ${options.name}`);
    inUse.add(this.path);
  }

  async deliver(batch: Batch): Promise<void> {
    if (batch.events.length > 0) await this.append(batch).catch((error: unknown) => this.fail(error));
    this.confirmed = batch.through;
  }

  close(): Promise<void> {
    inUse.delete(this.path);
    return Promise.resolve();
  }

  private async append(batch: Batch): Promise<void> {
    await this.ensureFolders();
    // Opened each time: whoever moves the file away finds all of it there.
    const file = await open(this.path, FLAGS, 0o600);
    try {
      await this.assertOwn(file);
      const { line, end, size } = await readEnd(file);
      const missing = selectMissing(batch, line, this.options.format);
      if (missing === "foreign" || (line === undefined && size > 0 && !(await isBegun(file))))
        throw this.createConflict("ends with a line that is not of this export");
      // What a crash cut short goes; only by now it is known whose file it is.
      if (end < size) await file.truncate(end);
      if (missing.length > 0) await file.writeFile(missing.map(({ line }) => `${line}\n`).join(""));
      await file.sync();
    } finally {
      await file.close();
    }
    await flushDirectory(this.folder);
  }

  private async ensureFolders(): Promise<void> {
    for (const folder of [this.options.folder, this.folder]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Of a link it says that it is one.
      const stat = await lstat(folder);
      if (!stat.isDirectory() || stat.uid !== process.getuid?.() || (stat.mode & OTHERS) !== 0)
        throw this.createConflict("lies in a folder that is a link, or that others may open");
    }
  }

  private async assertOwn(file: FileHandle): Promise<void> {
    const stat = await file.stat();
    if (!stat.isFile() || stat.nlink !== 1 || stat.uid !== process.getuid?.() || (stat.mode & OTHERS) !== 0)
      throw this.createConflict("is not a file of the plane's user alone");
  }

  private createConflict(what: string): PalisadeError {
    return new PalisadeError("PAL_EXPORT_CONFLICT", `the file ${this.options.name} ${what}`);
  }

  private fail(error: unknown): never {
    if (error instanceof PalisadeError) throw error;
    const code = describeSocketError(error);
    if (code === "ELOOP" || code === "ENXIO" || code === "EISDIR") throw this.createConflict("is a link, or no file");
    throw createDeliveryFailure(`the file ${this.options.name}`, `cannot be written (${code})`);
  }
}

/** The last line with an end (`undefined` where there is none), where it ends, and where the file does. */
async function readEnd(file: FileHandle): Promise<{ line: string | undefined; end: number; size: number }> {
  const { size } = await file.stat();
  const end = await findLineEnd(file, size);
  if (end === 0) return { line: undefined, end, size };
  const start = await findLineEnd(file, end - 1);
  const line = Buffer.alloc(end - 1 - start);
  await file.read(line, 0, line.length, start);
  return { line: line.toString(), end, size };
}

/** Whether the file begins as a row does, in every format: an object of JSON. */
async function isBegun(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(ROW_BEGIN.length), 0, ROW_BEGIN.length, 0);
  return ROW_BEGIN.startsWith(buffer.toString("utf8", 0, bytesRead));
}

/** Where the last line that ends before `before` ends: the place after its line feed, or 0. */
async function findLineEnd(file: FileHandle, before: number): Promise<number> {
  for (let end = before; end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    const found = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (found !== -1) return start + found + 1;
    end = start;
  }
  return 0;
}
