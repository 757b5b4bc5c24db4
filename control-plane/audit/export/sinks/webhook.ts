import type { LookupAddress } from "node:dns";
import { Agent, request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isLocalName, parseWebhookUrl } from "@palisade/neon/contract/auditSinks";
import { Webhook } from "standardwebhooks";
import type { WebhookConfiguration } from "../configuration.js";
import { isPublicAddress } from "./publicAddresses.js";
import { resolveByNameServers, resolveBySystem } from "./resolveName.js";
import { type Batch, createDeliveryFailure, describeSocketError, type Sink } from "./sink.js";

/** Of one attempt, from the look-up of the name to the end of the answer; milliseconds. */
const DEADLINE_MS = 30_000;
/** Of an answer; more is not read. */
const MAX_ANSWER_BYTES = 65_536;
const NOT_PUBLIC = "ERR_NOT_PUBLIC";

export interface WebhookOptions {
  /** Of the export: ids of messages begin with it, so that a receiver of several takes none for another. */
  readonly id: string;
  readonly configuration: WebhookConfiguration;
  readonly organization: string | null;
  /** The operator allows the host, so it may be in a private network. */
  readonly mayBePrivate: boolean;
  /** Of tests: who is asked for names, as `127.0.0.1:PORT`. Default: the name servers of the system. */
  readonly nameServers?: readonly string[];
}

/**
 * One POST for each batch, signed as Standard Webhooks says. A tenant chooses the address, and the plane stands in its operator's network: only
 * addresses of the public internet are connected to, looked at where the connection is made, so that a name that changes its mind gains nothing.
 */
export class WebhookSink implements Sink {
  readonly maxBatchBytes = 262_144;
  readonly gatherMs = 0;
  confirmed = 0;
  private readonly url: URL;
  private readonly webhook: Webhook;
  private readonly agent: Agent;
  private readonly closing = new AbortController();

  constructor(private readonly options: WebhookOptions) {
    const { url, secret, ca_cert: ca } = options.configuration;
    const parsed = parseWebhookUrl(url);
    if (parsed === undefined) throw createDeliveryFailure("the webhook", "has no address that may be called");
    this.url = parsed;
    this.webhook = new Webhook(secret);
    this.agent = new Agent({ keepAlive: true, maxSockets: 1, minVersion: "TLSv1.2", ...(ca !== undefined && { ca }) });
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<void> {
    const [first, last] = [batch.events[0], batch.events.at(-1)];
    if (first !== undefined && last !== undefined) {
      const id = `${this.options.id}-${first.seq}-${last.seq}`;
      const events = batch.events.map(({ line }) => line).join(",");
      const data = `{"organization":${JSON.stringify(this.options.organization)},"events":[${events}]}`;
      await this.post(id, `{"type":"audit.events","timestamp":${JSON.stringify(last.at)},"data":${data}}`, signal);
    }
    this.confirmed = batch.through;
  }

  close(): Promise<void> {
    this.closing.abort();
    this.agent.destroy();
    return Promise.resolve();
  }

  private post(id: string, body: string, signal: AbortSignal): Promise<void> {
    const now = new Date();
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": "palisade",
      "webhook-id": id,
      "webhook-timestamp": Math.floor(now.getTime() / 1_000),
      "webhook-signature": this.webhook.sign(id, now, body),
    };
    const bound = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        reject(createDeliveryFailure(this.url.host, reason));
      };
      const host = this.url.hostname.replace(/^\[|\]$/g, "");
      // A literal address is connected to without a look-up.
      if (isIP(host) !== 0 && !this.mayConnect(host)) {
        fail(describeFailure({ code: NOT_PUBLIC }));
        return;
      }
      const call = request(this.url, { method: "POST", agent: this.agent, headers, lookup: this.lookUp, signal: bound }, (answer) => {
        const { statusCode = 0 } = answer;
        let read = 0;
        answer.on("data", (chunk: Buffer) => {
          read += chunk.length;
          if (read > MAX_ANSWER_BYTES) answer.destroy();
        });
        answer
          .on("error", () => undefined)
          .on("close", () => {
            if (statusCode >= 200 && statusCode < 300) resolve();
            else fail(`answers with status ${statusCode}`);
          });
      });
      call
        .on("upgrade", (_answer, socket) => {
          socket.destroy();
          fail("answers with status 101");
        })
        .on("error", (error) => {
          fail(describeFailure(error));
        });
      // Whatever else the other side does, an attempt ends.
      bound.addEventListener("abort", () => {
        fail("does not answer in time");
      });
      call.end(body);
    });
  }

  private readonly mayConnect = (address: string): boolean => this.options.mayBePrivate || isPublicAddress(address);

  /** One address that is not public refuses the name: it would be a matter of luck which one is connected to. */
  private readonly lookUp: LookupFunction = (hostname, options, callback) => {
    this.resolve(hostname).then(
      (addresses) => {
        if (addresses.length > 0 && addresses.every(({ address }) => this.mayConnect(address))) answerLookup(addresses, options, callback);
        else callback(Object.assign(new Error("not public"), { code: NOT_PUBLIC }), []);
      },
      (error: unknown) => {
        callback(error as NodeJS.ErrnoException, []);
      },
    );
  };

  private resolve(hostname: string): Promise<LookupAddress[]> {
    if (this.options.mayBePrivate) return resolveBySystem(hostname);
    return isLocalName(hostname) ? Promise.resolve([]) : resolveByNameServers(hostname, this.closing.signal, this.options.nameServers);
  }
}

function answerLookup(
  addresses: readonly { address: string; family: number }[],
  { all }: Parameters<LookupFunction>[1],
  callback: Parameters<LookupFunction>[2],
): void {
  const [first] = addresses;
  if (all === true) callback(null, [...addresses]);
  else callback(null, first?.address ?? "", first?.family);
}

function describeFailure(error: unknown): string {
  const code = describeSocketError(error);
  if (code === NOT_PUBLIC) return "has an address that is not public, and the operator of the plane does not allow it";
  if (code === "ETIMEOUT" || code === "ECANCELLED") return "has a name that no name server answers in time";
  return code === "ABORT_ERR" || code === "TimeoutError" ? "does not answer in time" : `cannot be reached (${code})`;
}
