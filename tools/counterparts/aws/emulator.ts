import { createServer, type IncomingMessage, request as send, type ServerResponse } from "node:http";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { closeServer, listenOnLoopback } from "../loopbackServer.js";
import type { Fault, HttpAnswer } from "./httpAnswer.js";
import { EndpointAcceptance, type EndpointState } from "./ec2/endpointAcceptance.js";
import { NetworkAcls } from "./ec2/networkAcls.js";
import { Identities } from "./identities.js";
import { KmsEmulator } from "./kmsEmulator.js";
import { ACCOUNT, ADMINISTRATOR, REGION } from "./ministack.js";
import { Trail } from "./trail.js";

/** A double of AWS' KMS, IAM, STS and EC2: ministack behind a proxy that adds what it lacks and records what CloudTrail would. */
export interface AwsEmulator {
  /** What clients take for AWS. */
  readonly url: string;
  readonly trail: Trail;
  /** Every plaintext key that KMS returned. */
  readonly plaintexts: readonly Buffer[];
  /** The next calls of the operation get this answer; `Infinity` until `clearFaults`. */
  injectFault: (operation: string, fault: Fault, times?: number) => void;
  clearFaults: () => void;
  close: () => Promise<void>;
}

/** What a test decides for the other side. */
export interface AwsEmulatorOptions {
  /** What the owner of an endpoint service says of an endpoint, at each look. Default: it has accepted all of them. */
  readonly endpointState?: (vpcEndpointId: string) => Promise<EndpointState>;
  /** Told of each call that was answered without an error, before its caller is. */
  readonly onCall?: (operation: string, form: URLSearchParams, answer: string) => void | Promise<void>;
}

/** @param upstream where ministack listens; loopback only */
export async function startAwsEmulator(upstream: string, { endpointState, onCall }: AwsEmulatorOptions = {}): Promise<AwsEmulator> {
  const { hostname, port } = new URL(upstream);
  if (hostname !== "127.0.0.1") throw new Error(`a double of AWS is on this machine, not on ${hostname}`);
  const administrator = { endpoint: upstream, region: REGION, credentials: ADMINISTRATOR, maxAttempts: 1 };
  const trail = new Trail();
  const identities = new Identities(new IAMClient(administrator));
  const kms = new KmsEmulator(new KMSClient(administrator), identities, trail);
  const endpoints = new EndpointAcceptance(endpointState ?? (() => Promise.resolve("available")));
  const networkAcls = new NetworkAcls();
  const faults = new Map<string, { fault: Fault; left: number }>();

  const answer = async (request: IncomingMessage, body: Buffer): Promise<HttpAnswer | "cut"> => {
    const operation = parseOperation(request, body);
    const waiting = faults.get(operation);
    const fault = waiting !== undefined && waiting.left-- > 0 ? waiting.fault : undefined;
    if (fault === "cut") return "cut";
    const pass = () => forward({ hostname, port }, request, body);
    const target = request.headers["x-amz-target"];
    if (typeof target === "string" && target.startsWith("TrentService.")) return kms.answer(operation, request, body, pass, fault);
    if (fault !== undefined) return formatXmlError(fault);
    const form = new URLSearchParams(body.toString());
    const passed = (await endpoints.answer(operation, form, pass)) ?? (await networkAcls.answer(operation, form, pass)) ?? (await pass());
    if (passed.status < 300) await onCall?.(operation, form, passed.body.toString());
    identities.recordKeyOwner(operation, passed.body.toString(), ACCOUNT);
    return passed;
  };

  const server = createServer((request, response) => {
    void readBody(request)
      .then((body) => answer(request, body))
      .then(
        (found) => {
          reply(response, found);
        },
        (error: unknown) => {
          reply(response, { status: 502, headers: {}, body: Buffer.from(String(error)) });
        },
      );
  });
  const listening = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${listening}`,
    trail,
    plaintexts: kms.plaintexts,
    injectFault: (operation, fault, times = Infinity) => void faults.set(operation, { fault, left: times }),
    clearFaults: () => {
      faults.clear();
    },
    close: () => closeServer(server),
  };
}

/** Of the JSON protocol by its header, of the query protocol by its form. */
function parseOperation({ headers }: IncomingMessage, body: Buffer): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) ?? "";
  return new URLSearchParams(body.toString()).get("Action") ?? "";
}

/** Byte for byte: the caller's signature stays valid. */
const forward = (to: { hostname: string; port: string }, { method, url, headers }: IncomingMessage, body: Buffer): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const request = send({ ...to, method, path: url, headers, agent: false }, (response) => {
      readBody(response).then((read) => {
        resolve({ status: response.statusCode ?? 502, headers: response.headers, body: read });
      }, reject);
    });
    request.on("error", reject);
    request.end(body);
  });

async function readBody(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, answer: HttpAnswer | "cut"): void {
  if (answer === "cut") {
    response.socket?.destroy();
    return;
  }
  const { "transfer-encoding": _, connection: __, "x-amz-crc32": ___, ...headers } = answer.headers;
  response.writeHead(answer.status, { ...headers, "content-length": answer.body.length }).end(answer.body);
}

const formatXmlError = ({ code, status }: { code: string; status: number }): HttpAnswer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: Buffer.from(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>injected</Message></Error><RequestId>gate</RequestId></ErrorResponse>`,
  ),
});
