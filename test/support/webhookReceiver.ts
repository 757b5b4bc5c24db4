import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { createAuthority, createServerCertificate, type KeyPair } from "../../control-plane/pki/issue.js";

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;

/** An authority, and a certificate of localhost by it. */
export async function createLocalCertificate(
  names: readonly string[] = ["localhost", "127.0.0.1"],
): Promise<KeyPair & { readonly ca: string }> {
  const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const authority = await createAuthority(period);
  return { ...(await createServerCertificate(authority, names, period)), ca: authority.cert };
}

export interface Message {
  readonly id: string;
  readonly body: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: { organization: string | null; events: { seq: number }[] };
  };
}

/** An HTTPS server on this machine that takes webhooks and verifies each by the kept library of Standard Webhooks. */
export class WebhookReceiver {
  readonly messages: Message[] = [];
  calls = 0;
  /** What it verifies with. */
  secret = WEBHOOK_SECRET;
  /** What it does with a message that was verified. */
  answer: (response: ServerResponse, message: Message) => void = (response) => response.writeHead(204).end();
  private readonly server: Server;

  private constructor(readonly tls: KeyPair & { readonly ca: string }) {
    this.server = createServer(tls, (request, response) => void this.serve(request, response));
  }

  static async start(tls?: KeyPair & { readonly ca: string }, port = 0): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(tls ?? (await createLocalCertificate()));
    await new Promise<void>((ready) => receiver.server.listen(port, "127.0.0.1", ready));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://localhost:${this.port}/in`;
  }

  get sequence(): number[] {
    return this.messages.flatMap(({ body }) => body.data.events.map(({ seq }) => seq));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = new Webhook(this.secret).verify(
      Buffer.concat(chunks).toString(),
      request.headers as Record<string, string>,
    ) as Message["body"];
    const message = { id: String(request.headers["webhook-id"]), body };
    this.messages.push(message);
    this.answer(response, message);
  }
}
