import type { ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import type { Pulumi } from "../../cli/pulumi/findPulumi.js";
import { startPulumi } from "../../cli/pulumi/startPulumi.js";
import { createEmptyStack } from "./emptyStack.js";
import { ensurePulumi } from "./main.js";
import { killByEnvironment } from "./processes.js";

/** Found once: to ask it for its version is a call of its own. */
let cli: Promise<Pulumi> | undefined;

/** A Pulumi stack of its own for one test: temporary project, state, home and passphrase, driven through the real CLI. */
export class Stack {
  readonly #running = new Set<RunningCommand>();
  #calls = 0;

  private constructor(
    /** Everything of this stack lies below: `project/`, `state/` (the file backend) and `home/` (PULUMI_HOME). */
    readonly root: string,
    /** The folder with Pulumi.yaml and the program. */
    readonly project: string,
    /** The environment of every call. */
    readonly env: Readonly<Record<string, string>>,
    private readonly binary: string,
  ) {}

  /** Lays out the project. Nothing runs yet: {@link init} makes the stack. */
  static async create({ program, env = {}, name = "test" }: Project): Promise<Stack> {
    const pulumi = await (cli ??= ensurePulumi({ log: (line) => process.stderr.write(`${line}\n`) }));
    const root = await mkdtemp(join(tmpdir(), "palisade-stack-"));
    const project = join(root, "project");
    for (const folder of ["project", "state", "home"]) await mkdir(join(root, folder));
    await symlink(join(CHECKOUT, "node_modules"), join(project, "node_modules"));
    await writeFile(join(project, "Pulumi.yaml"), `name: ${name}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`);
    await writeFile(join(project, "package.json"), JSON.stringify({ name, main: "index.js" }));
    const stack = new Stack(root, project, buildEnvironment(root, pulumi.binDirectory, env), pulumi.binary);
    await stack.setProgram(program);
    return stack;
  }

  /** Replaces the program: the text of index.js (CommonJS), or a folder whose files are copied into the project. */
  async setProgram(program: Program): Promise<void> {
    if (typeof program === "string") return writeFile(join(this.project, "index.js"), program);
    await cp(program.directory, this.project, { recursive: true, filter: (source) => !/[\\/]node_modules$/.test(source) });
  }

  /**
   * Makes the stack and gives it its configuration: one CLI call, of which there is none where an empty stack can be copied, and one more with
   * secrets. Throws when that fails.
   */
  async init(config: Config = {}): Promise<void> {
    const plain = Object.entries(config).filter(([, value]) => typeof value === "string");
    const lines = plain.map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}\n`);
    const settings = lines.length > 0 ? `config:\n${lines.join("")}` : "";
    const init = () => this.run(["stack", "init", STACK], { check: true });
    const { PULUMI_CONFIG_PASSPHRASE: passphrase = "" } = this.env;
    const state = join(this.root, "state");
    if (this.#keepsFiles()) {
      await createEmptyStack({ project: this.project, state, home: this.env.PULUMI_HOME ?? "", stack: STACK, passphrase }, settings, init);
    } else {
      if (settings !== "") await writeFile(join(this.project, `Pulumi.${STACK}.yaml`), settings);
      await init();
    }
    await this.setConfig(Object.fromEntries(Object.entries(config).filter(([, value]) => typeof value !== "string")));
  }

  /** Adds or changes configuration values in one CLI call. Throws when that fails. */
  async setConfig(config: Config): Promise<void> {
    const flags = Object.entries(config).flatMap(([key, value]) =>
      typeof value === "string" ? ["--plaintext", `${key}=${value}`] : ["--secret", `${key}=${value.secret}`],
    );
    if (flags.length > 0) await this.run(["config", "set-all", "--stack", STACK, ...flags], { check: true });
  }

  /** `pulumi up` without the preview before it. */
  up(options: CallOptions = {}): Promise<Result> {
    return this.startUp(options).result;
  }

  /** As {@link up}, for a test that interrupts it. */
  startUp(options: CallOptions = {}): RunningCommand {
    return this.#operate("up", ["--yes", "--skip-preview"], options);
  }

  preview(options: CallOptions = {}): Promise<Result> {
    return this.#operate("preview", [], options).result;
  }

  /** `pulumi refresh` without the preview before it; with `--preview-only` in `args` the state is left alone. */
  refresh(options: CallOptions = {}): Promise<Result> {
    const writes = options.args?.includes("--preview-only") !== true;
    return this.#operate("refresh", writes ? ["--yes", "--skip-preview"] : [], options).result;
  }

  destroy(options: CallOptions = {}): Promise<Result> {
    return this.#operate("destroy", ["--yes", "--skip-preview"], options).result;
  }

  /** The recorded state; secrets stay encrypted. From the files of the file backend: it saves a call of the CLI. Throws when it cannot be had. */
  async exportState(): Promise<State> {
    if (this.#keepsFiles()) return this.#readCheckpoint();
    const { stdout } = await this.run(["stack", "export", "--stack", STACK], { check: true });
    return JSON.parse(stdout) as State;
  }

  /** Puts another state in the place of the recorded one. Throws when it is refused. */
  async importState(state: State): Promise<void> {
    const file = join(this.root, "import.json");
    await writeFile(file, JSON.stringify(state));
    await this.run(["stack", "import", "--stack", STACK, "--file", file], { check: true });
  }

  /** Any other CLI call in the project; `--non-interactive` is added. */
  run(args: readonly string[], options: Omit<CallOptions, "args"> = {}): Promise<Result> {
    return this.#start([...args], options).result;
  }

  /** Kills the CLI and its plugins wherever they are, as a machine that goes down would. Pulumi itself leaves a dynamic provider running. */
  async crash(): Promise<void> {
    await killByEnvironment("PULUMI_HOME", join(this.root, "home"));
    await Promise.all([...this.#running].map((running) => running.result.catch(() => undefined)));
  }

  /** Kills what still runs and removes everything. */
  async dispose(): Promise<void> {
    await this.crash();
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Whether its state is in {@link root}, as it is unless a test has named a backend. */
  #keepsFiles(): boolean {
    return this.env.PULUMI_BACKEND_URL === `file://${join(this.root, "state")}`;
  }

  /** Of the project as it is called now: one test gives it another name. */
  async #readCheckpoint(): Promise<State> {
    const project = /^name: *(\S+)/m.exec(await readFile(join(this.project, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
    const file = join(this.root, "state", ".pulumi", "stacks", project, `${STACK}.json`);
    const { version, checkpoint } = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
    return { version, deployment: checkpoint.latest ?? {} };
  }

  #operate(verb: string, flags: string[], options: CallOptions): RunningCommand {
    const eventLog = join(this.root, `events-${++this.#calls}.json`);
    return this.#start([verb, "--stack", STACK, ...flags, "--event-log", eventLog, ...(options.args ?? [])], options, eventLog);
  }

  #start(args: string[], options: CallOptions, eventLog?: string): RunningCommand {
    const env = { ...this.env, ...options.env };
    const child = startPulumi({ binary: this.binary, args, directory: this.project, env });
    const running = new RunningCommand(child, `pulumi ${args[0] ?? ""}`, eventLog, options);
    this.#running.add(running);
    const forget = (): void => void this.#running.delete(running);
    running.result.then(forget, forget);
    return running;
  }
}

export type Program = string | { directory: string };

export interface Project {
  program: Program;
  /** Added to the environment of every call. */
  env?: Record<string, string>;
  /** Of the Pulumi project, which is also the namespace of bare configuration keys. Default: `test`. */
  name?: string;
}

/** Values by key, as `palisade:apiUrl`. */
export type Config = Record<string, string | { secret: string }>;

export interface CallOptions {
  /** Further flags of the verb. */
  args?: readonly string[];
  /** Further environment. */
  env?: Record<string, string>;
  /** After so long the CLI is killed and the call rejects. Default: {@link DEADLINE_MS}. */
  deadlineMs?: number;
  /** Whether a code other than 0 rejects, with what the CLI wrote. Default: false. */
  check?: boolean;
}

export interface Result {
  /** null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** What the engine did, of up, preview, refresh and destroy; else empty. */
  events: EngineEvent[];
}

/** The part of `pulumi stack export` that tests read. */
export interface State {
  version: number;
  deployment: { resources?: StateResource[]; pending_operations?: unknown[] } & Record<string, unknown>;
}

/** A file of the file backend. */
interface Checkpoint {
  version: number;
  checkpoint: { latest?: State["deployment"] };
}

export interface StateResource {
  urn: string;
  type: string;
  custom?: boolean;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  [other: string]: unknown;
}

/** The name of every test's stack. */
export const STACK = "dev";

/** A CLI call takes 2 to 8 s on two free cores; the rest is for a busy machine. */
export const DEADLINE_MS = 180_000;

/** A CLI call under way. */
export class RunningCommand {
  readonly result: Promise<Result>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";

  constructor(child: ChildProcess, name: string, eventLog: string | undefined, { deadlineMs = DEADLINE_MS, check = false }: CallOptions) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.result = this.#finish(name, eventLog, deadlineMs, check);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the CLI did not start");
    return this.#child.pid;
  }

  /** Signals the CLI alone, as a crash or Ctrl-C would hit it; its plugins are in process groups of their own. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #finish(name: string, eventLog: string | undefined, deadlineMs: number, check: boolean): Promise<Result> {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
      this.kill("SIGKILL");
    }, deadlineMs);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
      this.#child.once("error", fail).once("close", (...end) => {
        done(end);
      });
    }).finally(() => {
      clearTimeout(timer);
    });
    const events = eventLog === undefined ? [] : await readEvents(eventLog);
    const result = { code, signal, stdout: this.#stdout, stderr: this.#stderr, events };
    if (late.signal.aborted) throw new Error(`${name} took longer than ${deadlineMs} ms\n${result.stdout}\n${result.stderr}`);
    if (check && code !== 0) throw new Error(`${name} ended with ${code ?? String(signal)}\n${result.stdout}\n${result.stderr}`);
    return result;
  }
}

/** How often each operation occurred, by the engine's own summary: `{ create: 2, same: 1 }`; empty when it came to none. */
export function countChanges({ events }: Result): Partial<Record<string, number>> {
  return events.find((event) => event.summaryEvent !== undefined)?.summaryEvent?.resourceChanges ?? {};
}

const CHECKOUT = findPackageRoot(__dirname);

/** Nothing of the user's own Pulumi or Neon settings may reach a test, nor anything of a test the user's home. */
function buildEnvironment(root: string, binDirectory: string, extra: Record<string, string>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PULUMI|NEON)_/.test(name));
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    PATH: [binDirectory, process.env.PATH ?? ""].join(delimiter),
    PULUMI_HOME: join(root, "home"),
    PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "correct horse battery staple",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_DEBUG_COMMANDS: "true", // --event-log is hidden behind it
    // The CLI is a Go program that lives for a second: it collects nothing below a size that no test's stack comes to.
    GOGC: "off",
    GOMEMLIMIT: "1GiB",
    ...extra,
    NODE_OPTIONS: [LAZY_MODULES, process.env.NODE_OPTIONS, extra.NODE_OPTIONS].filter((options) => options !== undefined).join(" "),
  };
}

/** Of the build, since a process of its own reads it. */
const LAZY_MODULES = `--require ${JSON.stringify(join(CHECKOUT, "dist/tools/pulumi/lazyModules.js"))}`;

/** One JSON object a line; a killed CLI may leave the last one unfinished. */
async function readEvents(file: string): Promise<EngineEvent[]> {
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as EngineEvent);
}
