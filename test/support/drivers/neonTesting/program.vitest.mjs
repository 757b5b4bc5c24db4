import { makeNeonTesting } from "neon-testing";
import pg from "pg";
import { beforeAll, expect, test, vi } from "vitest";

/** A program's own tests, as its authors write them: each file has a branch of its own, and DATABASE_URL leads to it. */
const neonTesting = makeNeonTesting({ apiKey: process.env.NEON_API_KEY, projectId: process.env.NEON_PROJECT_ID, endpoint: "direct" });
const getBranch = neonTesting();

async function connected(uri, work) {
  const client = new pg.Client({ connectionString: uri });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

// Its branch is answered before it is ready.
beforeAll(() => vi.waitFor(() => connected(process.env.DATABASE_URL, () => undefined), { timeout: 30_000, interval: 100 }));

test("allowed: the branch has the parent's rows, and what is written to it stays there", async () => {
  expect(getBranch().name).toMatch(/^test\//);
  await connected(process.env.DATABASE_URL, async (client) => {
    expect((await client.query("SELECT n FROM parent")).rows).toEqual([{ n: 1 }]);
    await client.query("INSERT INTO parent VALUES (2)");
  });
});

test("a big result", async () => {
  const { rows } = await connected(process.env.DATABASE_URL, (client) => client.query("SELECT repeat('x', 20000000) AS text"));
  expect(rows[0].text).toHaveLength(20_000_000);
});

test("a wrong password", async () => {
  const uri = new URL(process.env.DATABASE_URL);
  uri.password = "wrong";
  await expect(connected(uri.href, () => undefined)).rejects.toThrow("password authentication failed");
});

test("cancelled", async () => {
  await connected(process.env.DATABASE_URL, async (client) => {
    const query = new pg.Query("SELECT pg_sleep(60)");
    const failed = new Promise((resolve) => query.once("error", resolve));
    const { port } = new URL(process.env.DATABASE_URL);
    // Until Postgres is at work there is nothing to cancel.
    client.query(query);
    const cancelled = setInterval(() => new pg.Client({ host: "localhost", port: Number(port), ssl: false }).cancel(client, query), 200);
    expect((await failed).message).toBe("canceling statement due to user request");
    clearInterval(cancelled);
  });
});

test("refused by address", async () => {
  const list = (ips) => neonTesting.api.updateProject(process.env.NEON_PROJECT_ID, { project: { settings: { allowed_ips: { ips } } } });
  await list(["198.51.100.7"]);
  await expect(connected(process.env.DATABASE_URL, () => undefined)).rejects.toThrow("is not allowed to connect to this endpoint");
  await list([]);
});
