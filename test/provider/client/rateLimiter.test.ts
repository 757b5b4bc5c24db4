import { RateLimiter } from "../../../provider/client/rateLimiter.js";
import { SerialQueues } from "../../../provider/client/serialQueues.js";

describe("the budget of calls", () => {
  it("lets a burst of 40 on one route through and holds the next one back", async () => {
    const limiter = new RateLimiter();
    const started = performance.now();
    await Promise.all(Array.from({ length: 40 }, () => limiter.take("GET /projects")));
    await limiter.take("GET /projects");
    // 40 a second: however long the burst itself took, the next one is not there before its own 25 ms are over.
    expect(performance.now() - started).toBeGreaterThanOrEqual(24);
  });

  it("counts routes apart", async () => {
    const limiter = new RateLimiter();
    const started = performance.now();
    await Promise.all(Array.from({ length: 80 }, (_, i) => limiter.take(`GET /route${i % 2}`)));
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("pauses the whole account after a 429", async () => {
    const limiter = new RateLimiter();
    limiter.slowDown(50);
    const started = performance.now();
    await limiter.take("GET /projects");
    expect(performance.now() - started).toBeGreaterThanOrEqual(45);
  });

  it("keeps through a 429 what it has saved up", async () => {
    const limiter = new RateLimiter();
    limiter.slowDown(20);
    // Of an emptied budget these would take more than half a minute, at 700 calls a minute, and the test would end before.
    await Promise.all(Array.from({ length: 400 }, (_, i) => limiter.take(`GET /route${i % 20}`)));
  });
});

describe("the queue of a project", () => {
  it("runs work of one key in order, goes on after a failure, and lets other keys pass", async () => {
    const queues = new SerialQueues();
    const seen: string[] = [];
    let release: (() => void) | undefined;
    const first = queues.run("a", () => new Promise<void>((resolve) => (release = resolve)).then(() => seen.push("a1")));
    const failing = queues.run("a", () => Promise.reject(new Error("no")));
    const last = queues.run("a", () => Promise.resolve(seen.push("a3")));
    await queues.run("b", () => Promise.resolve(seen.push("b")));
    expect(seen).toEqual(["b"]);
    release?.();
    await expect(failing).rejects.toThrow("no");
    await Promise.all([first, last]);
    expect(seen).toEqual(["b", "a1", "a3"]);
  });
});
