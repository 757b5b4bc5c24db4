import { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";

/** The bytes in the binary frames of a WebSocket, as the relay wants a socket: with counts, and an end once all is written. */
export class WebSocketStream extends Duplex {
  bytesRead = 0;
  bytesWritten = 0;

  constructor(private readonly webSocket: WebSocket) {
    super();
    webSocket.on("message", (data: RawData, isBinary: boolean) => {
      if (!isBinary) return void this.destroy(new Error("a text frame"));
      const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
      this.bytesRead += bytes.length;
      if (!this.push(bytes)) webSocket.pause();
    });
    webSocket.once("close", () => {
      this.push(null);
      this.destroy();
    });
    webSocket.once("error", (error) => {
      this.destroy(error);
    });
  }

  override _read(): void {
    this.webSocket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.bytesWritten += chunk.length;
    this.webSocket.send(chunk, { binary: true }, done);
  }

  override _final(done: () => void): void {
    this.webSocket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.webSocket.terminate();
    done(error);
  }

  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy()).end();
  }
}
