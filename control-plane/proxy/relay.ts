import type { Socket } from "node:net";
import { buildErrorResponse } from "./protocol.js";
import { UNRECORDED } from "./refusals.js";

/**
 * Copies both ways until one side closes, then closes the other when it has got the rest. Resolves when both are closed, to what went through.
 * @param tap is given what the client sends, before the compute is; where it says false, the session is over, with a last word to the client
 */
export async function relay(
  client: Socket,
  compute: Socket,
  tap?: (bytes: Buffer) => boolean,
): Promise<{ bytesFromClient: number; bytesToClient: number }> {
  const before = { sent: compute.bytesWritten, received: compute.bytesRead - compute.readableLength };
  if (tap)
    client.on("data", (bytes: Buffer) => {
      if (tap(bytes) || compute.destroyed) return;
      compute.destroy();
      client.end(buildErrorResponse(UNRECORDED));
    });
  copy(client, compute);
  copy(compute, client);
  await Promise.all([waitForClose(client, compute), waitForClose(compute, client)]);
  return { bytesFromClient: compute.bytesWritten - before.sent, bytesToClient: compute.bytesRead - before.received };
}

/** What may wait for a slow reader. More than Node's own 16 kB: stopping less often saves a sixth of the work of a large result (measured). */
const MAX_WAITING_BYTES = 1 << 18;

/** Plain writes: corking what arrives in one turn of the event loop was measured, and gained nothing. */
function copy(from: Socket, to: Socket): void {
  from.on("data", (bytes: Buffer) => {
    to.write(bytes);
    if (to.writableLength > MAX_WAITING_BYTES) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("error", ignore);
  from.resume();
}

function waitForClose(one: Socket, other: Socket): Promise<void> {
  return new Promise((resolve) => {
    const closed = () => {
      other.destroySoon();
      resolve();
    };
    if (one.closed) closed();
    else one.once("close", closed);
  });
}

const ignore = (): void => undefined;
