import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

export interface RotatedFileLimits {
  /** When the next lines would make the file longer, a new one is begun. */
  readonly maxBytes: number;
  /** How many are kept, the one being written counted. */
  readonly files: number;
  /** Lines that wait for a slow disk; more are not taken. */
  readonly maxWaitingBytes: number;
}

/**
 * A file of lines (mode 0600, its folder 0700), moved to `<name>.1`, `.2`, … when it is full. Writing happens behind the caller's back:
 * it never throws and never waits. `failed` is told of the first of a row of failures, whose lines are lost.
 */
export class RotatedFile {
  private waiting: string[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> | undefined;
  private file: { readonly handle: FileHandle; size: number } | undefined;
  private isFailing = false;

  constructor(
    private readonly path: string,
    private readonly limits: RotatedFileLimits,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Whether there was room for it; `line` ends with a line feed. */
  append(line: string): boolean {
    const bytes = Buffer.byteLength(line);
    if (this.waitingBytes + bytes > this.limits.maxWaitingBytes) return false;
    this.waiting.push(line);
    this.waitingBytes += bytes;
    this.writing ??= this.drain();
    return true;
  }

  /** Resolves when what waits is written or lost. */
  async flush(): Promise<void> {
    await this.writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.closeFile();
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const bytes = Buffer.from(this.waiting.join(""));
      [this.waiting, this.waitingBytes] = [[], 0];
      try {
        await this.write(bytes);
        this.isFailing = false;
      } catch (error) {
        await this.closeFile();
        if (!this.isFailing) this.onFailure(error);
        this.isFailing = true;
      }
    }
    this.writing = undefined;
  }

  private async write(bytes: Buffer): Promise<void> {
    this.file ??= await this.openFile();
    if (this.file.size > 0 && this.file.size + bytes.length > this.limits.maxBytes) {
      await this.closeFile();
      await this.rotateFiles();
      this.file = await this.openFile();
    }
    await this.file.handle.writeFile(bytes);
    this.file.size += bytes.length;
  }

  private async openFile(): Promise<{ handle: FileHandle; size: number }> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const handle = await open(this.path, "a+", 0o600);
    try {
      const { size } = await handle.stat();
      // A line that a crash or a full disk cut short must not swallow the next one.
      const isCut = size > 0 && (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== LINE_FEED;
      if (isCut) await handle.writeFile("\n");
      return { handle, size: isCut ? size + 1 : size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private async rotateFiles(): Promise<void> {
    for (let number = this.limits.files - 1; number >= 1; number--)
      await rename(number === 1 ? this.path : `${this.path}.${number - 1}`, `${this.path}.${number}`).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      });
  }

  private async closeFile(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.handle.close().catch(() => undefined);
  }
}

const LINE_FEED = 0x0a;
