import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A stack with nothing in it, as `pulumi stack init` leaves it. */
interface EmptyStack {
  /** Files of the backend, by their path below its folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The line of the stack's settings that its passphrase belongs to. */
  readonly salt: string;
  /** What Pulumi's home says of the project: that this stack is selected. */
  readonly selection: Buffer;
}

/** By all that such a stack is made of: Pulumi.yaml, the stack's name and its passphrase. */
const made = new Map<string, EmptyStack>();

export interface Place {
  /** The folder with Pulumi.yaml. */
  readonly project: string;
  /** The folder of the file backend. */
  readonly state: string;
  /** PULUMI_HOME. */
  readonly home: string;
  readonly stack: string;
  readonly passphrase: string;
}

/**
 * Makes an empty stack by `init`, or, where this process has seen one that differs in nothing, by copying what that left: a call of the CLI
 * that no test is about. `settings` is what its settings file says beside the salt.
 */
export async function createEmptyStack(place: Place, settings: string, init: () => Promise<unknown>): Promise<void> {
  const manifest = await readFile(join(place.project, "Pulumi.yaml"), "utf8");
  const settingsFile = join(place.project, `Pulumi.${place.stack}.yaml`);
  const selectionFile = join(place.home, "workspaces", computeSelectionName(manifest, place.project));
  const key = JSON.stringify([manifest, place.stack, place.passphrase]);
  // A program may bring settings of its own, which the CLI then adds to.
  const seen = existsSync(settingsFile) ? undefined : made.get(key);
  if (seen !== undefined) {
    for (const [name, content] of seen.files) await writeFiles(join(place.state, name), content);
    await writeFiles(settingsFile, `${settings}${seen.salt}\n`);
    return writeFiles(selectionFile, seen.selection);
  }
  if (settings !== "") await writeFile(settingsFile, settings);
  await init();
  const salt = /^encryptionsalt: .*$/m.exec(await readFile(settingsFile, "utf8"))?.[0];
  // A CLI that keeps these elsewhere is called each time.
  if (salt === undefined || !existsSync(selectionFile)) return;
  made.set(key, { files: await readFiles(place.state), salt, selection: await readFile(selectionFile) });
}

/** As Pulumi names it: by the project and the path of its Pulumi.yaml. */
function computeSelectionName(manifest: string, project: string): string {
  const name = /^name: (.*)$/m.exec(manifest)?.[1] ?? "";
  return `${name}-${createHash("sha1").update(join(project, "Pulumi.yaml")).digest("hex")}-workspace.json`;
}

async function writeFiles(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function readFiles(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files.set(name, await readFile(path));
  }
  return files;
}
