import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaneOptions, PlaneReady } from "../../contract/plane.js";
import { type Program, Stack } from "./stack.js";
import { startBuiltPlane } from "../reliability/testPlane.js";

/** Runs `work` with a plane in this process whose operations take no time and whose computes are records, and removes it afterwards. */
export async function withPlane<R>(work: (plane: PlaneReady) => Promise<R>, options: Partial<PlaneOptions> = {}): Promise<R> {
  const directory = await mkdtemp(join(tmpdir(), "palisade-bench-"));
  const plane = await startBuiltPlane({ dataDirectory: directory, ...options });
  try {
    return await work(plane.ready);
  } finally {
    await plane.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs `work` with an initialised stack of the program, and removes it afterwards. */
export async function withStack<R>(program: Program, plane: PlaneReady, work: (stack: Stack) => Promise<R>): Promise<R> {
  const stack = await Stack.create({ program, name: "bench" });
  try {
    await stack.init({ "palisade:apiUrl": plane.apiUrl, "palisade:apiKey": { secret: plane.apiKey } });
    return await work(stack);
  } finally {
    await stack.dispose();
  }
}
