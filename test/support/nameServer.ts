import { createSocket, type RemoteInfo } from "node:dgram";

const TYPES: Readonly<Record<number, 4 | 6 | undefined>> = { 1: 4, 28: 6 };

/** A name server on this machine (RFC 1035, UDP) that answers every question with the same addresses of IPv4, or never. */
export class NameServer {
  readonly asked: string[] = [];
  private readonly socket = createSocket("udp4");

  private constructor(private readonly answer: () => readonly string[] | "nothing") {
    this.socket.on("message", (question, from) => {
      this.reply(question, from);
    });
  }

  static async start(answer: () => readonly string[] | "nothing"): Promise<NameServer> {
    const server = new NameServer(answer);
    await new Promise<void>((ready) => server.socket.bind(0, "127.0.0.1", ready));
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  stop(): Promise<void> {
    return new Promise((closed) => this.socket.close(closed));
  }

  private reply(question: Buffer, from: RemoteInfo): void {
    const { name, end } = readName(question);
    const family = TYPES[question.readUInt16BE(end)];
    this.asked.push(`${name} ${family ?? 0}`);
    const answer = this.answer();
    if (answer === "nothing") return;
    const addresses = family === 4 ? answer : [];
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    // A response, recursion desired and available; one question.
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]));
    this.socket.send(Buffer.concat([header, question.subarray(12, end + 4), ...records]), from.port, from.address);
  }
}

/** @returns the name that is asked for, and where its type stands */
function readName(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.subarray(at + 1, at + 1 + length).toString());
    at += length + 1;
  }
  return { name: labels.join("."), end: at + 1 };
}
