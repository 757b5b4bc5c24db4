import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { types } from "node:util";
import { PINNED_VERSION } from "../../cli/pulumi/findPulumi.js";
import { ToolchainProblem } from "./toolchainProblem.js";
import { formatFailure, run } from "../../cli/pulumi/process.js";

export interface DownloadOptions {
  /** The official installer. */
  installer: string;
  /** An empty folder on the destination's file system; `bin/` with the whole release appears in it. */
  work: string;
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** https://www.pulumi.com/docs/install/ */
export const OFFICIAL_INSTALLER = "https://get.pulumi.com/install.sh";

/**
 * Runs the official installer with the arguments that `PulumiCommand.install` of the SDK gives it.
 * Not through the SDK, which can neither be bounded nor cancelled and installs straight into the destination.
 */
export async function downloadPulumi({ installer, work, env, log, signal }: DownloadOptions): Promise<void> {
  const script = join(work, "install.sh");
  await writeFile(script, await downloadText(installer, signal));
  log(`downloading Pulumi ${PINNED_VERSION} with ${installer}`);
  const args = [script, "--no-edit-path", "--install-root", work, "--version", PINNED_VERSION];
  const outcome = await run({ command: "/bin/sh", args, cwd: work, env, timeoutMs: INSTALL_TIMEOUT_MS, signal });
  if (outcome.code !== 0) throw new ToolchainProblem(`the installer ${installer} failed: ${formatFailure(outcome)}`);
}

/** A machine that sees only package registries must not wait long to learn it. */
const CONNECT_TIMEOUT_MS = 20_000;

/** Some 150 MB on a slow line; beyond that a build is as quick. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

async function downloadText(url: string, signal: AbortSignal | undefined): Promise<string> {
  const limit = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: signal === undefined ? limit : AbortSignal.any([limit, signal]) });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw new ToolchainProblem(`${url} cannot be reached (${formatCause(error)})`);
  }
}

/** fetch says only that it failed; why is in its cause. */
function formatCause(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  return types.isNativeError(error.cause) ? error.cause.message : error.message;
}
