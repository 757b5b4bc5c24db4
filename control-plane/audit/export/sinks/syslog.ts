import { hostname } from "node:os";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { SyslogConfiguration } from "../configuration.js";
import { type Batch, createDeliveryFailure, describeSocketError, type EncodedEvent, type Sink } from "./sink.js";

/**
 * What was written stays here until so much was written after it, and is sent again on the next connection. Syslog has no receipts: a receiver
 * that dies takes with it what lies in its socket (6 MiB) and in ours (4 MiB, both the most that Linux gives by itself), and what it has read and not
 * written. Bytes.
 */
export const RESEND_WINDOW_BYTES = 12 * 1024 ** 2;
const CONNECT_DEADLINE_MS = 10_000;
/** Without a byte taken by the receiver. */
const STALL_DEADLINE_MS = 30_000;
const CLOSE_DEADLINE_MS = 2_000;
/** RFC 5424: log audit. */
const FACILITY = 13;
/** RFC 5424: 6 informational, 5 notice, 4 warning, 2 critical. */
const SEVERITIES: Readonly<Record<EncodedEvent["severity"], number>> = { info: 6, low: 5, medium: 4, high: 2 };
/** RFC 5424, 7.3.1: it begins again with 1 after that. */
const MAX_SEQUENCE_ID = 2_147_483_647;

export interface SyslogOptions {
  readonly configuration: SyslogConfiguration;
  /** Default: {@link RESEND_WINDOW_BYTES}. */
  readonly windowBytes?: number;
}

interface Frame {
  readonly bytes: Buffer;
  /** What is at the receiver for certain when this frame is. */
  readonly through: number;
}

/** RFC 5424 messages over TLS, framed by octet counting (RFC 5425); the server's name is verified. */
export class SyslogSink implements Sink {
  readonly maxBatchBytes = 1_048_576;
  readonly gatherMs = 0;
  confirmed = 0;
  private readonly target: string;
  private readonly windowBytes: number;
  /** Written, and not yet far enough back. */
  private kept: Frame[] = [];
  private keptBytes = 0;
  private socket: TLSSocket | undefined;

  constructor(private readonly options: SyslogOptions) {
    const { host, port } = options.configuration;
    this.target = `${host}:${port}`;
    this.windowBytes = options.windowBytes ?? RESEND_WINDOW_BYTES;
  }

  async deliver({ events, through }: Batch, signal: AbortSignal): Promise<void> {
    const frames = events.map((event, at) => ({
      bytes: formatFrame(event),
      through: at === events.length - 1 ? through : event.seq,
    }));
    for (const frame of frames) await this.write(await this.ensureConnected(signal), frame.bytes, signal);
    // A batch that failed is given again as a whole, so it is kept as a whole or not at all.
    this.keep(frames);
    // Nothing waits that a later row could be taken for.
    if (this.kept.length === 0) this.confirmed = through;
  }

  async close(): Promise<void> {
    const { socket } = this;
    this.socket = undefined;
    if (socket === undefined || socket.destroyed) return;
    // What was written goes out before the end does. That the other side ends in turn is no receipt: anybody on the way can say so.
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_DEADLINE_MS);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.end();
    });
    socket.destroy();
  }

  private keep(frames: readonly Frame[]): void {
    this.kept.push(...frames);
    for (const { bytes } of frames) this.keptBytes += bytes.length;
    let past = 0;
    for (const { bytes, through } of this.kept) {
      if (this.keptBytes - bytes.length < this.windowBytes) break;
      this.keptBytes -= bytes.length;
      this.confirmed = through;
      past++;
    }
    this.kept.splice(0, past);
  }

  private async ensureConnected(signal: AbortSignal): Promise<TLSSocket> {
    if (this.socket?.writable === true) return this.socket;
    this.socket?.destroy();
    const socket = await this.connect(signal);
    for (const { bytes } of this.kept) await this.write(socket, bytes, signal);
    this.socket = socket;
    return socket;
  }

  private connect(signal: AbortSignal): Promise<TLSSocket> {
    const { host, port, server_name: serverName = isIP(host) === 0 ? host : undefined, ca_cert: ca } = this.options.configuration;
    return new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        minVersion: "TLSv1.2",
        ...(serverName !== undefined && { servername: serverName }),
        ...(ca !== undefined && { ca }),
      });
      const fail = (reason: string) => {
        settle();
        socket.destroy();
        reject(createDeliveryFailure(this.target, reason));
      };
      const timer = setTimeout(() => {
        fail("does not answer in time");
      }, CONNECT_DEADLINE_MS);
      const onError = (error: unknown) => {
        fail(`cannot be reached (${describeSocketError(error)})`);
      };
      const onAbort = () => {
        fail("was given up, because the export stops");
      };
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        socket.off("error", onError);
        // It closes itself after one; whoever writes next sees that.
        socket.on("error", () => undefined);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      socket.on("error", onError).once("secureConnect", () => {
        settle();
        // Nothing is expected, and what comes must not fill the buffer: the end would stay unread.
        socket.resume();
        resolve(socket);
      });
    });
  }

  /** Waits until the socket takes more. */
  private async write(socket: TLSSocket, bytes: Buffer, signal: AbortSignal): Promise<void> {
    if (!socket.writable) throw createDeliveryFailure(this.target, "ended the connection");
    if (socket.write(bytes)) return;
    const reason = await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => {
        settle("takes nothing any more");
      }, STALL_DEADLINE_MS);
      const onDrain = () => {
        settle(undefined);
      };
      const onClose = () => {
        settle("ended the connection");
      };
      const onAbort = () => {
        settle("was given up, because the export stops");
      };
      const settle = (found: string | undefined) => {
        clearTimeout(timer);
        socket.off("drain", onDrain).off("close", onClose);
        signal.removeEventListener("abort", onAbort);
        resolve(found);
      };
      socket.once("drain", onDrain).once("close", onClose);
      signal.addEventListener("abort", onAbort, { once: true });
      if (socket.destroyed) settle("ended the connection");
    });
    if (reason === undefined) return;
    socket.destroy();
    throw createDeliveryFailure(this.target, reason);
  }
}

const HOST_NAME =
  hostname()
    .replace(/[^!-~]/g, "")
    .slice(0, 255) || "-";
const BYTE_ORDER_MARK = "\ufeff";

/** `sequenceId` of `meta` is the row's own number; the row itself, a line of JSON, is the message. */
function formatFrame({ seq, at, type, severity, line }: EncodedEvent): Buffer {
  const priority = FACILITY * 8 + SEVERITIES[severity];
  const sequenceId = ((seq - 1) % MAX_SEQUENCE_ID) + 1;
  const header = `<${priority}>1 ${at} ${HOST_NAME} palisade ${process.pid} ${type} [meta sequenceId="${sequenceId}"]`;
  const message = Buffer.from(`${header} ${BYTE_ORDER_MARK}${line}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}
