import { spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** A double of AWS that runs: ministack, which refuses by policy and by signature as AWS does. */
export interface Ministack {
  readonly url: string;
  readonly port: number;
  stop: () => Promise<void>;
}

/** Its administrator. Of a double on this machine: no secret. */
export const ADMINISTRATOR = { accessKeyId: "test", secretAccessKey: "test" } as const;
export const REGION = "eu-central-1";
/** The account that everything belongs to. */
export const ACCOUNT = "000000000000";

const DEADLINE_MS = 30_000;
const POLL_MS = 50;

/**
 * @param python as `counterpartPython` answers it
 * @param kept `folder`: where objects of S3 are kept, so that it can be killed and started again at the same port; by default in memory
 */
export async function startMinistack(python: string, kept?: { readonly folder: string; readonly port?: number }): Promise<Ministack> {
  const port = kept?.port ?? (await findFreePort());
  const child = spawn(python, ["-m", "ministack"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      AUTH: "true",
      AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
      MINISTACK_REGION: REGION,
      ...(kept && { S3_PERSIST: "1", S3_DATA_DIR: join(kept.folder, "s3") }),
    },
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2_000)));
  const ended = new Promise<void>((resolve) =>
    child.once("close", () => {
      resolve();
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + DEADLINE_MS; !(await isResponding(url));) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`ministack does not start: ${said}`);
    }
    await pause(POLL_MS);
  }
  return {
    url,
    port,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const isResponding = (url: string): Promise<boolean> =>
  fetch(`${url}/_ministack/health`).then(
    () => true,
    () => false,
  );

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((closed) =>
    server.close(() => {
      closed();
    }),
  );
  return port;
}
