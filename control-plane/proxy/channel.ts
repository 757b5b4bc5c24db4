import type { Socket } from "node:net";
import { ProtocolError } from "./refusals.js";

/** The peer has closed the connection. */
export class PeerClosed extends Error {}

/** One side of a conversation that is read piece by piece, never further than asked. */
export class Channel {
  private over = false;
  private wakeReader: (() => void) | undefined;

  constructor(readonly stream: Socket) {
    stream.on("readable", this.onReadable);
    for (const event of ENDINGS) stream.on(event, this.onOver);
    this.over = stream.destroyed;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Bytes that have come and were not asked for. */
  get pending(): number {
    return this.stream.readableLength;
  }

  /** Exactly so many bytes. Rejects with Gone when they will not come. */
  async readBytes(length: number): Promise<Buffer> {
    if (length === 0) return EMPTY;
    for (;;) {
      const bytes = this.stream.read(length) as Buffer | null;
      if (bytes?.length === length) return bytes;
      if (this.over) throw new PeerClosed();
      await new Promise<void>((resolve) => (this.wakeReader = resolve));
    }
  }

  /** The next typed message; its body may have this many bytes at most. */
  async readMessage(maxBytes: number): Promise<{ type: string; body: Buffer }> {
    const head = await this.readBytes(5);
    const length = head.readInt32BE(1) - 4;
    if (length < 0 || length > maxBytes) throw new ProtocolError(`a message of ${length} bytes`);
    return { type: head.toString("latin1", 0, 1), body: await this.readBytes(length) };
  }

  send(bytes: Buffer): void {
    this.stream.write(bytes);
  }

  /** Gives the stream back for other use; what was not taken is still in it. */
  release(): Socket {
    this.stream.off("readable", this.onReadable);
    for (const event of ENDINGS) this.stream.off(event, this.onOver);
    return this.stream;
  }

  /** Sends a last message and closes. What the client still sends is read and dropped: unread, it would turn into a reset that destroys the word on its way. */
  close(lastWord: Buffer): void {
    this.release().on("error", ignore).end(lastWord);
    this.stream.resume();
    const linger = setTimeout(() => this.stream.destroy(), LINGER_MS);
    this.stream.once("close", () => {
      clearTimeout(linger);
    });
  }

  private readonly onReadable = (): void => {
    const stir = this.wakeReader;
    this.wakeReader = undefined;
    stir?.();
  };

  private readonly onOver = (): void => {
    this.over = true;
    this.onReadable();
  };
}

const ENDINGS = ["end", "error", "close"] as const;
const EMPTY = Buffer.alloc(0);
/** For a client that does not hang up after a refusal. */
const LINGER_MS = 2_000;
const ignore = (): void => undefined;
