import type { TokenCredential } from "@azure/identity";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { CALL_DEADLINE_MS, loadPackage } from "@palisade/neon/encryption/keys/optionalPackage";
import { getStreamName } from "../auditSource.js";
import type { BlobConfiguration } from "../configuration.js";
import type { EventFormat } from "../formats/format.js";
import { selectMissing } from "./resume.js";
import { type Acknowledged, type Batch, createDeliveryFailure, type EncodedEvent, type Sink } from "./sink.js";

const importBlob = () => import("@azure/storage-blob");
type Blob = Awaited<ReturnType<typeof importBlob>>;
type ContainerClient = InstanceType<Blob["ContainerClient"]>;
type AppendBlobClient = InstanceType<Blob["AppendBlobClient"]>;

const RETRIES = 3;
/** Of one block: https://learn.microsoft.com/rest/api/storageservices/append-block (4 MiB in every version of the service). */
const MAX_BLOCK_BYTES = 4_194_304;
/** Of the end of a blob that is read to find its last line. */
const TAIL_BYTES = 4_194_304;

export interface BlobOptions {
  readonly configuration: BlobConfiguration;
  readonly organization: string | null;
  readonly format: EventFormat;
  /** Of the sink that it goes on from. */
  readonly acknowledged?: Acknowledged;
  /** Of tests: where a double listens, and as whom. Default: the account at Azure, and DefaultAzureCredential. */
  readonly service?: { readonly url: string; readonly account: string; readonly key: string };
}

/**
 * Append blobs of lines, one for each hour: `PREFIX/ORGANISATION/2026-01-31T09.jsonl`, so that none comes near its 50,000 blocks. Each block is
 * appended at the position where the last one ended: a repeated request, or another writer, is refused and looked at.
 */
export class BlobSink implements Sink {
  readonly maxBatchBytes = 1_048_576;
  readonly gatherMs = 1_000;
  confirmed = 0;
  acknowledged: Acknowledged | undefined;
  private loading: Promise<ContainerClient> | undefined;
  /** The blob that was written last, where nobody else has. */
  private open: { readonly name: string; readonly client: AppendBlobClient; end: number } | undefined;

  constructor(private readonly options: BlobOptions) {
    this.acknowledged = options.acknowledged;
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<void> {
    try {
      for (const [name, events] of this.groupByBlob(batch.events)) {
        await this.append(name, { events, through: events.at(-1)?.seq ?? 0 }, signal);
      }
    } catch (error) {
      // How far an append came is not known.
      this.open = undefined;
      throw this.toFailure(error);
    }
    this.confirmed = batch.through;
  }

  close(): Promise<void> {
    this.open = undefined;
    return Promise.resolve();
  }

  private groupByBlob(events: readonly EncodedEvent[]): Map<string, EncodedEvent[]> {
    const groups = new Map<string, EncodedEvent[]>();
    for (const event of events) {
      const name = this.formatName(event.at);
      groups.set(name, [...(groups.get(name) ?? []), event]);
    }
    return groups;
  }

  private async append(name: string, batch: Batch, signal: AbortSignal): Promise<void> {
    const bound = () => ({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(CALL_DEADLINE_MS)]) });
    let missing = batch.events;
    if (this.open?.name !== name) {
      await this.assertKept(name, bound());
      const client = (await this.load()).getAppendBlobClient(name);
      await client.createIfNotExists({ ...bound(), blobHTTPHeaders: { blobContentType: "application/x-ndjson" } });
      const { contentLength: end = 0 } = await client.getProperties(bound());
      const found = selectMissing(batch, await readLastLine(client, end, bound()), this.options.format);
      if (found === "foreign")
        throw new PalisadeError("PAL_EXPORT_CONFLICT", `the blob ${name} ends with a line that is not of this export`);
      missing = found;
      this.open = { name, client, end };
    }
    for (const block of splitIntoBlocks(missing)) {
      await this.open.client.appendBlock(block, block.length, { ...bound(), conditions: { appendPosition: this.open.end } });
      this.open.end += block.length;
      this.acknowledged = { object: name, bytes: this.open.end };
    }
  }

  /** A blob of an earlier hour may be gone: rows are kept for as long as their owner likes. What is there is whole. */
  private async assertKept(next: string, bound: { abortSignal: AbortSignal }): Promise<void> {
    if (this.acknowledged === undefined) return;
    const { object, bytes } = this.acknowledged;
    const found = await findLength((await this.load()).getAppendBlobClient(object), bound);
    if (found === undefined ? object === next : found < bytes)
      throw new PalisadeError("PAL_EXPORT_SHORTENED", `the blob ${object} has ${found ?? 0} bytes of ${bytes}`);
  }

  private formatName(at: string): string {
    const { prefix } = this.options.configuration;
    const name = `${getStreamName(this.options.organization)}/${at.slice(0, 13)}.jsonl`;
    return prefix === undefined ? name : `${prefix}/${name}`;
  }

  private load(): Promise<ContainerClient> {
    this.loading ??= this.connect().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async connect(): Promise<ContainerClient> {
    const { account, container } = this.options.configuration;
    const { service } = this.options;
    const sdk = await loadPackage("@azure/storage-blob", importBlob, "PAL_EXPORT_NO_PACKAGE");
    const credential =
      service === undefined ? await loadDefaultCredential() : new sdk.StorageSharedKeyCredential(service.account, service.key);
    const url = service?.url ?? `https://${account}.blob.core.windows.net`;
    return new sdk.BlobServiceClient(url, credential, { retryOptions: { maxTries: RETRIES } }).getContainerClient(container);
  }

  /** By the service's own word for it; its text stays away. */
  private toFailure(error: unknown): PalisadeError {
    if (error instanceof PalisadeError) return error;
    const { name = "an unknown error", code } = error as { name?: string; code?: string };
    const { account, container } = this.options.configuration;
    return createDeliveryFailure(`the container ${account}/${container}`, `does not take the events (${code ?? name})`);
  }
}

async function loadDefaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await loadPackage("@azure/identity", () => import("@azure/identity"), "PAL_EXPORT_NO_PACKAGE");
  return new DefaultAzureCredential();
}

/** `undefined` of an empty blob. Blocks end with whole lines, so a last line without an end is not this sink's. */
async function readLastLine(client: AppendBlobClient, end: number, bound: { abortSignal: AbortSignal }): Promise<string | undefined> {
  if (end === 0) return undefined;
  const start = Math.max(0, end - TAIL_BYTES);
  const tail = (await client.downloadToBuffer(start, end - start, bound)).toString();
  return tail.endsWith("\n") ? tail.slice(tail.lastIndexOf("\n", tail.length - 2) + 1, -1) : "";
}

/** @returns bytes; `undefined` where there is no such blob */
async function findLength(client: AppendBlobClient, bound: { abortSignal: AbortSignal }): Promise<number | undefined> {
  try {
    return (await client.getProperties(bound)).contentLength ?? 0;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function splitIntoBlocks(events: readonly EncodedEvent[]): Buffer[] {
  const blocks: Buffer[][] = [];
  let size = Infinity;
  for (const { line } of events) {
    const bytes = Buffer.from(`${line}\n`);
    if (size + bytes.length > MAX_BLOCK_BYTES) [blocks[blocks.length], size] = [[], 0];
    blocks.at(-1)?.push(bytes);
    size += bytes.length;
  }
  return blocks.map((block) => Buffer.concat(block));
}
