import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { computeFileSha256 } from "../../encryption/fileBytes.js";
import { COMPANIONS, MARKER_FILE, PINNED_VERSION } from "../../cli/pulumi/findPulumi.js";
import { ToolchainProblem, getSystemCode } from "./toolchainProblem.js";

/** Where the files come from that lie beside a CLI built from source. */
export interface CompanionSources {
  /** Our compiled language host. */
  languageHost: string;
  /** The shell script of `@pulumi/pulumi` that starts the dynamic provider. */
  dynamicProvider: string;
}

/** Puts the language host and the dynamic provider's script into `binDirectory`, each in one step. */
export async function writeCompanions(binDirectory: string, sources: CompanionSources): Promise<void> {
  for (const file of await readCompanions(sources)) await replaceFile(join(binDirectory, file.name), file);
}

/**
 * Brings the companions up to date beside a CLI that this project built and placed; beside any other CLI nothing is touched.
 * A folder that cannot be written keeps the older ones, which is said in one line.
 */
export async function refreshCompanions(binDirectory: string, sources: CompanionSources, log: (line: string) => void): Promise<void> {
  const marker = await readMarker(binDirectory);
  if (marker === undefined) return;
  const stale = await listStaleCompanions(binDirectory, sources);
  if (stale.length === 0 || marker.sha256 !== (await computeFileSha256(join(binDirectory, "pulumi")))) return;
  try {
    for (const file of stale) await replaceFile(join(binDirectory, file.name), file);
  } catch (error) {
    if (!UNWRITABLE.has(getSystemCode(error) ?? "")) throw error;
    log(`keeping an older language host: ${binDirectory} cannot be written`);
  }
}

/** Notes beside a binary that this project built it, from what line and with what content. */
export async function writeMarker(binDirectory: string, buildLine: string): Promise<void> {
  const marker: Marker = { version: PINNED_VERSION, sha256: await computeFileSha256(join(binDirectory, "pulumi")), build: buildLine };
  await writeFile(join(binDirectory, MARKER_FILE), `${JSON.stringify(marker, undefined, 2)}\n`);
}

/** System codes of a folder that this user may not change. */
export const UNWRITABLE: ReadonlySet<string> = new Set(["EACCES", "ENOTDIR", "EPERM", "EROFS"]);

interface Marker {
  version: string;
  /** Of the binary: tells a CLI that was put in the place of ours. */
  sha256: string;
  build: string;
}

interface Companion {
  name: string;
  content: string;
  mode: number;
}

const HOST_FILE = "palisade-language-host.cjs";

/** A shell script, so that a package.json somewhere above cannot turn it into an ES module. */
const LAUNCHER = `#!/bin/sh\nexec node "$(dirname "$0")/${HOST_FILE}" "$@"\n`;

async function readCompanions(sources: CompanionSources): Promise<Companion[]> {
  const [launcherName, providerName] = COMPANIONS;
  return [
    { name: HOST_FILE, content: await readSource(sources.languageHost, "npm run build"), mode: 0o644 },
    { name: launcherName, content: LAUNCHER, mode: 0o755 },
    { name: providerName, content: await readSource(sources.dynamicProvider, "npm ci"), mode: 0o755 },
  ];
}

async function readSource(file: string, remedy: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (getSystemCode(error) !== "ENOENT") throw error;
    throw new ToolchainProblem(`${file} is missing: run "${remedy}" first`);
  }
}

async function listStaleCompanions(binDirectory: string, sources: CompanionSources): Promise<Companion[]> {
  const wanted = await readCompanions(sources);
  const present = await Promise.all(wanted.map(({ name }) => readFile(join(binDirectory, name), "utf8").catch(() => undefined)));
  return wanted.filter(({ content }, index) => content !== present[index]);
}

/** A running engine sees the old file or the new one, never half of it. */
async function replaceFile(path: string, { content, mode }: Companion): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content, { mode });
  await rename(temporary, path);
}

async function readMarker(binDirectory: string): Promise<Marker | undefined> {
  try {
    const { version, sha256, build } = JSON.parse(await readFile(join(binDirectory, MARKER_FILE), "utf8")) as Partial<Marker>;
    return version === undefined || sha256 === undefined || build === undefined ? undefined : { version, sha256, build };
  } catch {
    return undefined; // absent or not ours to read: then the CLI is not ours to change
  }
}
