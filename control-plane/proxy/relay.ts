import type { Socket } from "node:net";

/** Copies both ways until one side closes, then closes the other when it has got the rest. Resolves when both are closed. */
export async function relay(a: Socket, b: Socket): Promise<void> {
  copy(a, b);
  copy(b, a);
  await Promise.all([closing(a, b), closing(b, a)]);
}

/** Plain writes: corking what arrives in one turn of the event loop was measured, and gained nothing. */
function copy(from: Socket, to: Socket): void {
  from.on("data", (bytes: Buffer) => {
    if (!to.write(bytes)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("error", ignore);
  from.resume();
}

function closing(one: Socket, other: Socket): Promise<void> {
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
