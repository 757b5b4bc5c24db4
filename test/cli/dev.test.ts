import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PlaneReady } from "../../contract/plane.js";

/** The built command as a user starts it. */
const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const palisade = (...words: string[]) =>
  spawnSync(process.execPath, [MAIN, ...words], { encoding: "utf8", timeout: 30_000, env: { ...process.env, NO_COLOR: "1" } });

let data: string;
const started = new Set<ChildProcess>();
beforeEach(() => (data = mkdtempSync(join(tmpdir(), "palisade-dev-"))));
afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  started.clear();
  rmSync(data, { recursive: true, force: true });
});

interface Dev {
  lines: string[];
  ready: PlaneReady;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

async function dev(...words: string[]): Promise<Dev> {
  const child = spawn(process.execPath, [MAIN, "dev", "--output", "json", "--proxy-port", "0", "--data", data, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.add(child);
  const lines: string[] = [];
  let rest = "";
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  const ready = await new Promise<PlaneReady>((resolvePlane, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      rest += chunk.toString();
      const complete = rest.split("\n");
      rest = complete.pop() ?? "";
      lines.push(...complete);
      if (lines[0] !== undefined) resolvePlane(JSON.parse(lines[0]) as PlaneReady);
    });
    void ended.then((code) => {
      reject(new Error(`ended with ${String(code)}: ${complaint}`));
    });
  });
  return {
    lines,
    ready,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

describe("--allow-key", () => {
  it.each([
    ["org-a-b-1", "It must be ORG=KEY"],
    ["somebody=arn:aws:kms:eu-central-1:111122223333:key/11111111-1111-4111-8111-111111111111", "It must be ORG=KEY"],
    ["org-a-b-1=arn:aws:kms:eu-central-1:111122223333:alias/mine", "is not arn:aws:kms:REGION:ACCOUNT:key/ID"],
    ["org-a-b-1=https://evil.example/keys/mine", "is not https://NAME.SUFFIX"],
  ])("%s is refused by its name", (word, says) => {
    const { status, stderr } = palisade("dev", "--data", data, "--allow-key", word);
    expect([status, stderr]).toEqual([2, expect.stringContaining("--allow-key") as string]);
    expect(stderr).toContain(says);
  });

  it("is taken for each key, and says so where there is no such organisation", async () => {
    const plane = await dev(
      ...["--allow-key", "org-a-b-1=arn:aws:kms:eu-central-1:111122223333:key/11111111-1111-4111-8111-111111111111"],
      ...["--allow-key", "org-a-b-1=https://acme.vault.azure.net/keys/mine"],
    );
    expect((await call(plane.ready, "/auth")).status).toBe(200);
    expect(await plane.end("SIGTERM")).toBe(0);
    expect(plane.lines.filter((line) => line.includes("allowed-key-of-nobody"))).toHaveLength(2);
  }, 60_000);
});

describe("--allow-sink", () => {
  it.each(["org-a-b-1", "somebody=file", "org-a-b-1=ftp:host", "org-a-b-1=webhook:http://a.example"])(
    "%s is refused by its name",
    (word) => {
      const { status, stderr } = palisade("dev", "--data", data, "--allow-sink", word);
      expect([status, stderr]).toEqual([2, expect.stringContaining("--allow-sink") as string]);
      expect(stderr).toContain("is none of ORG=webhook:https://HOST/PATH");
    },
  );

  it("is taken for each sink, and says so where there is no such organisation", async () => {
    const plane = await dev("--allow-sink", "org-a-b-1=file", "--allow-sink", "org-a-b-1=s3:bucket/audit", "--allow-sink", "plane=file");
    expect((await call(plane.ready, "/auth")).status).toBe(200);
    expect(await plane.end("SIGTERM")).toBe(0);
    expect(plane.lines.filter((line) => line.includes("allowed-sink-of-nobody"))).toHaveLength(2);
  }, 60_000);
});

const call = (ready: PlaneReady, path: string) => fetch(`${ready.apiUrl}${path}`, { headers: { authorization: `Bearer ${ready.apiKey}` } });

describe("palisade dev", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "says where it is in one JSON line, answers, and ends with 0 on %s",
    async (signal) => {
      const plane = await dev("--api-port", "0");
      expect(plane.ready).toEqual({
        event: "ready",
        apiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v2$/) as string,
        apiKey: expect.stringMatching(/^napi_[a-z0-9]{64}$/) as string,
        orgId: expect.stringMatching(/^org-[a-z]+-[a-z]+-\d{8}$/) as string,
        proxyHost: "127.0.0.1",
        proxyPort: expect.any(Number) as number,
        rootCert: join(data, "pki/root.crt"),
        privateSocket: expect.stringMatching(/palisade-private-\w+\/endpoints$/) as string,
      });
      const answer = await call(plane.ready, `/projects?org_id=${plane.ready.orgId}`);
      expect([answer.status, await answer.json()]).toMatchObject([200, { projects: [] }]);
      expect(await plane.end(signal)).toBe(0);
      expect(plane.lines.map((line) => typeof JSON.parse(line))).toEqual(plane.lines.map(() => "object"));
    },
    30_000,
  );

  it("reopens its directory with the same key and organisation, and keeps files to their owner", async () => {
    const first = await dev("--api-port", "0");
    await first.end("SIGTERM");
    const second = await dev("--api-port", "0");
    expect([second.ready.apiKey, second.ready.orgId]).toEqual([first.ready.apiKey, first.ready.orgId]);
    // As root, the user that runs Postgres may pass through, and no more.
    expect(statSync(data).mode & 0o777).toBe(process.getuid?.() === 0 ? 0o710 : 0o700);
    for (const file of readdirSync(data).filter((name) => statSync(join(data, name)).isFile()))
      expect([file, statSync(join(data, file)).mode & 0o777]).toEqual([file, 0o600]);
    await second.end("SIGTERM");
  }, 30_000);

  it("refuses a directory in use, naming the process", async () => {
    const plane = await dev("--api-port", "0");
    const { status, stderr } = palisade("dev", "--api-port", "0", "--proxy-port", "0", "--data", data);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^palisade: Another plane uses the data directory: .*\d+.*\[PAL_DATA_IN_USE\]\n$/s);
    await plane.end("SIGTERM");
  }, 30_000);

  it("says which port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    const { port } = taken.address() as AddressInfo;
    const { status, stderr } = palisade("dev", "--api-port", String(port), "--proxy-port", "0", "--data", data);
    await new Promise((done) => taken.close(done));
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^palisade: The port is taken: 127.0.0.1:${port}\\. .*\\[PAL_PORT_TAKEN\\]\\n$`)) as string,
    ]);
  }, 30_000);

  it("listens to this machine only", () => {
    const { status, stderr } = palisade("dev", "--bind", "0.0.0.0", "--data", data);
    expect([status, stderr]).toEqual([1, expect.stringContaining("[PAL_BAD_BIND]") as string]);
  }, 30_000);

  it("names the place of a mistake in the seed file", () => {
    const dev = (seed: string) => palisade("dev", "--api-port", "0", "--seed", join(data, seed), "--data", join(data, "plane"));
    const absent = dev("absent.yaml");
    expect([absent.status, absent.stderr]).toEqual([2, expect.stringMatching(/--seed.*absent\.yaml.*\[PAL_USAGE\]/s) as string]);
    writeFileSync(join(data, "wrong.yaml"), "projects: 1\n");
    const wrong = dev("wrong.yaml");
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/wrong\.yaml.*\[PAL_BAD_SEED\]/s) as string]);
  }, 30_000);
});

describe("the command line", () => {
  it("has help everywhere, on standard output, with exit code 0", () => {
    for (const words of [["--help"], ["dev", "--help"], ["doctor", "--help"], ["help", "dev"]]) {
      const { status, stdout } = palisade(...words);
      expect([words, status, stdout]).toEqual([words, 0, expect.stringContaining("Usage: palisade") as string]);
    }
  }, 60_000);

  it("tells its version", () => {
    expect(palisade("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [["nonsense"], "unknown command"],
    [["dev", "--nonsense"], "unknown option"],
    [["dev", "--api-port", "http"], "whole number from 0 to 65535"],
    [["dev", "--api-port", "70000"], "whole number from 0 to 65535"],
    [["dev", "--plan", "enterprise"], "Allowed choices are free, launch, scale"],
    [["doctor", "--output", "xml"], "Allowed choices are text, json"],
  ])("refuses %j with exit code 2 and says why", (words, text) => {
    const { status, stdout, stderr } = palisade(...words);
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringContaining(text) as string]);
  });
});
