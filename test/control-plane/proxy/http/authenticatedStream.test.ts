import { createConnection, createServer, type Socket } from "node:net";
import { AuthenticatedStream, UnrecordedStatement } from "../../../../control-plane/proxy/http/authenticatedStream.js";

it("sends nothing on that is not recorded, and is over with it", async () => {
  const received: Buffer[] = [];
  const server = createServer((socket) => socket.on("data", (bytes) => received.push(bytes)).on("error", () => undefined));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const compute = await new Promise<Socket>((done) => {
    const socket = createConnection((server.address() as { port: number }).port, "127.0.0.1", () => {
      done(socket);
    });
  });
  const stream = new AuthenticatedStream(compute, Buffer.alloc(0), 1_000);
  stream.tap = (bytes) => bytes.toString() !== "unrecorded";
  const failed = new Promise<Error>((done) => stream.once("error", done));
  for (const text of ["the startup packet", "recorded", "unrecorded", "recorded again"]) stream.write(text);
  expect(await failed).toBeInstanceOf(UnrecordedStatement);
  expect(compute.destroyed).toBe(true);
  await new Promise((done) => server.close(done));
  expect(Buffer.concat(received).toString()).toBe("recorded");
});
