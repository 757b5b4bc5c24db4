import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { CALL_DEADLINE_MS, loadPackage } from "@palisade/neon/encryption/keys/optionalPackage";
import { getStreamName } from "../auditSource.js";
import type { S3Configuration } from "../configuration.js";
import { type Batch, createDeliveryFailure, type Sink } from "./sink.js";

const importS3 = () => import("@aws-sdk/client-s3");
type S3 = Awaited<ReturnType<typeof importS3>>;
interface Connection {
  readonly sdk: S3;
  readonly client: InstanceType<S3["S3Client"]>;
}

const ATTEMPTS = 3;
/** Of an object that is in the way. What is longer was not made by this sink. */
const MAX_OBJECT_BYTES = 16_777_216;
/** Digits of a sequence number in a name: names in their order are rows in their order. */
const SEQ_DIGITS = 16;

export interface S3Options {
  readonly configuration: S3Configuration;
  readonly organization: string | null;
  /** Of tests: where a double listens, and as whom. Default: AWS, and its default chain of credentials. */
  readonly clientOptions?: Pick<S3ClientConfig, "endpoint" | "credentials" | "forcePathStyle">;
}

/**
 * One object of lines for each batch: `PREFIX/ORGANISATION/FIRST.jsonl`, FIRST being the sequence number of its first row. Nothing is ever written
 * over: an object that is there must be what was to be written, or its beginning, which a plane left that ended before it stored its position.
 */
export class S3Sink implements Sink {
  readonly maxBatchBytes = 1_048_576;
  /** Each object has a price. */
  readonly gatherMs = 10_000;
  confirmed = 0;
  private loading: Promise<Connection> | undefined;

  constructor(private readonly options: S3Options) {}

  async deliver(batch: Batch, signal: AbortSignal): Promise<void> {
    const lines = batch.events.map(({ line }) => `${line}\n`);
    for (let written = 0; written < lines.length;) {
      const seq = batch.events[written]?.seq ?? 0;
      written += await this.putLines(this.formatKey(seq), lines.slice(written), signal);
    }
    this.confirmed = batch.through;
  }

  async close(): Promise<void> {
    const connection = await this.loading?.catch(() => undefined);
    connection?.client.destroy();
  }

  /** @returns how many of the lines are at the bucket now */
  private async putLines(Key: string, lines: readonly string[], signal: AbortSignal): Promise<number> {
    const Bucket = this.options.configuration.bucket;
    const Body = lines.join("");
    try {
      await this.call(signal, ({ sdk, client }, bound) =>
        client.send(new sdk.PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: "*", ContentType: "application/x-ndjson" }), bound),
      );
      return lines.length;
    } catch (error) {
      if (!isPreconditionFailed(error)) throw this.toFailure(error);
    }
    const found = await this.readObject(Key, signal);
    if (found.startsWith(Body)) return lines.length;
    const count = found.split("\n").length - 1;
    if (count > 0 && lines.slice(0, count).join("") === found) return count;
    throw new PalisadeError("PAL_EXPORT_CONFLICT", `s3://${Bucket}/${Key} holds something else`);
  }

  private async readObject(Key: string, signal: AbortSignal): Promise<string> {
    const Bucket = this.options.configuration.bucket;
    try {
      return await this.call(signal, async ({ sdk, client }, bound) => {
        const { Body, ContentLength = Infinity } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }), bound);
        if (ContentLength <= MAX_OBJECT_BYTES) return (await Body?.transformToString()) ?? "";
        throw new PalisadeError("PAL_EXPORT_CONFLICT", `s3://${Bucket}/${Key} holds something else`);
      });
    } catch (error) {
      throw this.toFailure(error);
    }
  }

  private formatKey(seq: number): string {
    const { prefix } = this.options.configuration;
    const name = `${getStreamName(this.options.organization)}/${String(seq).padStart(SEQ_DIGITS, "0")}.jsonl`;
    return prefix === undefined ? name : `${prefix}/${name}`;
  }

  private async call<R>(signal: AbortSignal, work: (aws: Connection, bound: { abortSignal: AbortSignal }) => Promise<R>): Promise<R> {
    this.loading ??= this.connect().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return work(await this.loading, { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(CALL_DEADLINE_MS)]) });
  }

  private async connect(): Promise<Connection> {
    const sdk = await loadPackage("@aws-sdk/client-s3", importS3, "PAL_EXPORT_NO_PACKAGE");
    const { region } = this.options.configuration;
    return { sdk, client: new sdk.S3Client({ region, maxAttempts: ATTEMPTS, ...this.options.clientOptions }) };
  }

  /** By the service's own word for it; its text stays away. */
  private toFailure(error: unknown): PalisadeError {
    if (error instanceof PalisadeError) return error;
    const { name, code } = error as { name?: string; code?: string };
    const word = name === undefined || name === "Error" ? (code ?? "an unknown error") : name;
    return createDeliveryFailure(`s3://${this.options.configuration.bucket}`, `does not take the events (${word})`);
  }
}

const isPreconditionFailed = (error: unknown): boolean =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 412;
