import { copyFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PINNED_VERSION } from "../../cli/pulumi/findPulumi.js";
import { ToolchainProblem } from "./toolchainProblem.js";
import { formatFailure, run } from "../../cli/pulumi/process.js";

export interface BuildOptions {
  /** The folder with go.mod and go.sum; only read. */
  goModule: string;
  /** An empty folder on the destination's file system; `bin/pulumi` appears in it. */
  work: string;
  env: NodeJS.ProcessEnv;
  /** Gets a line now and then that says how far it is. */
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** Builds the pinned CLI with Go and resolves to the command line that did it. */
export async function buildPulumi({ goModule, work, env, log, signal }: BuildOptions): Promise<string> {
  await assertGo(env, signal);
  const temporary = join(work, "tmp");
  await mkdir(temporary);
  for (const file of ["go.mod", "go.sum"]) await copyFile(join(goModule, file), join(work, file));

  const args = ["build", "-v", ...FLAGS, "-ldflags", LINKER_FLAGS, "-o", join("bin", "pulumi"), PACKAGE];
  const go = { command: "go", cwd: work, env: { ...env, ...SETTINGS, GOTMPDIR: temporary }, timeoutMs: BUILD_TIMEOUT_MS, signal };
  log(`building Pulumi ${PINNED_VERSION} from source with Go: ${ESTIMATE}`);
  const progress = reportProgress(log);
  try {
    const listed = await run({ ...go, args: ["list", "-deps", ...FLAGS, PACKAGE], onErrorLine: progress.fetched });
    if (listed.code !== 0) throw new ToolchainProblem(`Go could not get the sources of Pulumi: ${formatFailure(listed)}`);
    progress.expect(listed.stdout.trimEnd().split("\n").length);
    const built = await run({ ...go, args, onErrorLine: progress.compiled });
    if (built.code !== 0) throw new ToolchainProblem(`the build of Pulumi failed: ${formatFailure(built)}`);
  } finally {
    progress.end();
  }
  return `CGO_ENABLED=0 go ${args.map((argument) => (argument.includes(" ") ? `"${argument}"` : argument)).join(" ")}`;
}

/** The first release of Go that can fetch the one go.mod names. */
export const MINIMUM_GO = "1.25";

const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** As the official release is built (pulumi/pulumi, .goreleaser.yml); without the version the SDK refuses the CLI. */
const FLAGS = ["-trimpath", "-tags", "osusergo,grpcnotrace"];
const LINKER_FLAGS = `-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PINNED_VERSION}`;

/** What the user set for other Go work must not reach this build. */
const SETTINGS = { CGO_ENABLED: "0", GO111MODULE: "on", GOFLAGS: "", GOWORK: "off" };

/** Measured on 2 cores: 5 min 36 s cold, 12 s with Go's caches warm, which hold 2.9 GB then. */
const ESTIMATE = "3 to 10 minutes the first time on 2 cores, and about 3 GB in Go's caches";

const BUILD_TIMEOUT_MS = 45 * 60_000;
const PROGRESS_MS = 10_000;

async function assertGo(env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<void> {
  const outcome = await run({ command: "go", args: ["env", "GOVERSION"], cwd: tmpdir(), env, timeoutMs: 30_000, signal });
  const version = /^go(\d+)\.(\d+)/.exec(outcome.stdout.trim());
  if (outcome.code !== 0 || version === null) throw new ToolchainProblem(`there is no Go ${MINIMUM_GO} or later on PATH to build it`);
  const [major = 0, minor = 0] = version.slice(1).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_GO.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new ToolchainProblem(`Go on PATH is ${version[0].slice(2)}, and building it takes Go ${MINIMUM_GO} or later`);
}

function reportProgress(log: (line: string) => void) {
  const started = Date.now();
  let fetched = 0;
  let compiled = 0;
  let expected = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    // Packages out of Go's cache are never reported, so the total is an upper bound.
    const what = expected === 0 ? `${fetched} modules fetched` : `${compiled} of at most ${expected} packages compiled`;
    log(`  ${seconds} s: ${what}`);
  }, PROGRESS_MS);
  return {
    fetched: () => {
      fetched++;
    },
    compiled: () => {
      compiled++;
    },
    expect: (packages: number) => {
      expected = packages;
    },
    end: () => {
      clearInterval(timer);
    },
  };
}
