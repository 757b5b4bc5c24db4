import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { buildAuthenticationOk } from "../protocol.js";
import { UNRECORDED } from "../refusals.js";

/** More came than may be kept. */
export class ResponseTooLarge extends Error {}
/** What was asked is not recorded any more, and so not run. */
export class UnrecordedStatement extends Error {}

/**
 * An authenticated session, in the form of the socket that a client library expects: it is told of its login at once, and from then on talks to
 * the compute. No password is in it.
 */
export class AuthenticatedStream extends Duplex {
  bytesFromClient = 0;
  bytesToClient = 0;
  /** Is given what the client sends, before the compute is; where it says false, the session is over. */
  tap: ((bytes: Buffer) => boolean) | undefined;
  private isGreeted = false;

  constructor(
    private readonly compute: Socket,
    private readonly greeting: Buffer,
    private readonly mostBytes: number,
  ) {
    super();
    compute.on("data", (bytes: Buffer) => {
      this.bytesToClient += bytes.length;
      if (this.bytesToClient > this.mostBytes) this.destroy(new ResponseTooLarge());
      else if (!this.push(bytes)) compute.pause();
    });
    compute.once("close", () => this.push(null));
    compute.once("error", (error) => this.destroy(error));
    // Nothing is asked yet.
    compute.pause();
  }

  connect(): this {
    process.nextTick(() => this.emit("connect"));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    if (this.isGreeted) this.compute.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.isGreeted) {
      this.bytesFromClient += chunk.length;
      // Told by `done` alone, what waits behind it would be sent first.
      if (this.tap?.(chunk) === false) this.destroy(new UnrecordedStatement(UNRECORDED));
      this.compute.write(chunk, done);
      return;
    }
    // The startup packet: the login is over.
    this.isGreeted = true;
    this.push(Buffer.concat([buildAuthenticationOk(), this.greeting]));
    this.compute.resume();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.compute.destroy();
    done(error);
  }
}
