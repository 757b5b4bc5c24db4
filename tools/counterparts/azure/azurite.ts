import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { ensureInstalled, type InstalledProgram } from "../installedPrograms.js";

/** A double of Azure Blob Storage (MIT, by Microsoft) that runs. */
export interface Azurite {
  /** Host and port, on this machine alone. */
  readonly authority: string;
  stop: () => Promise<void>;
  /** Ends it with what it has acknowledged written down: killed, it forgets the blocks of the last five seconds, which its cloud does not. */
  shutDown: () => Promise<void>;
}

const VERSION = "3.35.0";
/** The one account that every Azurite has. Of a double: no secret. */
export const STORAGE_ACCOUNT = "devstoreaccount1";
export const STORAGE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const API_VERSION = "2021-12-02";
const DEADLINE_MS = 60_000;

/** The folder it is installed in, which is made where it is not there: 384 packages, 150 MB, once for all runs. */
export const ensureAzurite = (): InstalledProgram =>
  ensureInstalled(`azurite-${VERSION}`, (folder) => [
    "npm",
    ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", `azurite@${VERSION}`],
  ]);

/**
 * @param folder as `azuriteFolder` answers it
 * @param kept `folder`: where blobs are kept, so that it can be killed and started again at the same port; by default in memory
 */
export async function startAzurite(folder: string, kept?: { readonly folder: string; readonly authority?: string }): Promise<Azurite> {
  const port = kept?.authority?.split(":")[1] ?? "0";
  const place = kept ? ["--location", kept.folder] : ["--inMemoryPersistence"];
  const flags = ["--blobHost", "127.0.0.1", "--blobPort", port, ...place, "--disableTelemetry", "--skipApiVersionCheck"];
  const child = spawn(process.execPath, [`${folder}/node_modules/azurite/dist/src/blob/main.js`, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "" },
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let said = "";
  const authority = await new Promise<string>((found, fail) => {
    const timer = setTimeout(() => void child.kill("SIGKILL"), DEADLINE_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said = `${said}${chunk.toString()}`.slice(-4_000);
        const [, at] = /successfully listens on http:\/\/(127\.0\.0\.1:\d{1,5})/.exec(said) ?? [];
        if (at === undefined) return;
        clearTimeout(timer);
        found(at);
      });
    child.once("error", fail).once("close", () => {
      clearTimeout(timer);
      fail(new Error(`Azurite does not start: ${said}`));
    });
  });
  return {
    authority,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    shutDown: async () => {
      child.kill("SIGTERM");
      const code = await ended;
      if (code !== 0) throw new Error(`Azurite does not shut down: ${String(code)} ${said}`);
    },
  };
}

/** Makes a container, as its account: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key. */
export async function createContainer({ authority }: Azurite, name: string): Promise<void> {
  const headers = { "x-ms-date": new Date().toUTCString(), "x-ms-version": API_VERSION };
  // The double names the account in the path, and what is signed then holds it twice.
  const resource = `/${STORAGE_ACCOUNT}/${STORAGE_ACCOUNT}/${name}\nrestype:container`;
  const named = Object.entries(headers).map(([key, value]) => `${key}:${value}\n`);
  const signature = createHmac("sha256", Buffer.from(STORAGE_KEY, "base64"))
    .update(`PUT${"\n".repeat(12)}${named.join("")}${resource}`)
    .digest("base64");
  const answer = await fetch(`http://${authority}/${STORAGE_ACCOUNT}/${name}?restype=container`, {
    method: "PUT",
    headers: { ...headers, authorization: `SharedKey ${STORAGE_ACCOUNT}:${signature}` },
  });
  if (answer.status !== 201) throw new Error(`the container ${name} was not made: ${answer.status} ${await answer.text()}`);
}
