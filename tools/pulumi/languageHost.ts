/**
 * A Pulumi language host for Node programs, for a CLI built from source: a release of Pulumi ships its own.
 * It serves pulumirpc.LanguageRuntime as far as programs, policy packs and plugins need it; what it does not serve is answered UNIMPLEMENTED.
 * The compiled file is copied beside the CLI and must run alone there: imports of packages are types, the packages themselves are the program's.
 */
import type * as grpc from "@grpc/grpc-js";
import type * as service from "@pulumi/pulumi/proto/language_grpc_pb";
import type * as language from "@pulumi/pulumi/proto/language_pb";
import type * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { type ChildProcess, spawn } from "node:child_process";
import { fstatSync, readFileSync } from "node:fs";
import type * as empty from "google-protobuf/google/protobuf/empty_pb";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Serves until the engine ends it, as `pulumi-language-nodejs [flags] <engine address>` in the program's directory. */
async function main(): Promise<void> {
  const engineAddress = process.argv.at(-1) ?? ""; // the engine puts it last
  const host = await serve(engineAddress, process.cwd(), () => process.exit(0));
  process.on("SIGINT", host.endWhenIdle);
  process.on("SIGTERM", host.end);
  if (hasPipedInput()) process.stdin.on("end", host.end).resume(); // the engine keeps it open for as long as it lives
  process.stdout.write(`${host.port}\n`);
}

export interface LanguageHost {
  port: number;
  /** Stops serving as soon as no child runs: at once, mostly, since every CLI call would else wait out the engine's five seconds of patience. */
  endWhenIdle: () => void;
  /** Ends the children, then stops serving. */
  end: () => void;
}

/**
 * Serves on a free port of the loopback interface.
 * @param engineAddress host and port of the engine, handed to every program
 * @param directory where `@pulumi/pulumi` is looked for, from there upwards
 * @param onEnd called when it has stopped serving
 */
export async function serve(engineAddress: string, directory: string, onEnd: () => void): Promise<LanguageHost> {
  const library = loadLibrary(directory);
  const children = new ChildProcesses();
  const server = new library.grpc.Server();
  server.addService(library.service.LanguageRuntimeService, createHandlers(library, children, engineAddress, directory));
  const credentials = library.grpc.ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const stop = (): void => {
    server.forceShutdown(); // a polite one can wait for the engine, which is waiting for this
    onEnd();
  };
  return {
    port,
    endWhenIdle: () => {
      children.onNone(stop);
    },
    end: () => {
      children.endAll();
      children.onNone(stop);
    },
  };
}

type ServedMethod =
  "about" | "cancel" | "getPluginInfo" | "getProgramDependencies" | "getRequiredPackages" | "installDependencies" | "run" | "runPlugin";

function createHandlers(
  { language, plugin, empty }: Library,
  children: ChildProcesses,
  engineAddress: string,
  home: string,
): Pick<service.ILanguageRuntimeServer, ServedMethod> {
  return {
    about: createUnaryHandler(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    cancel: createUnaryHandler(() => {
      children.endAll();
      return new empty.Empty();
    }),
    getPluginInfo: createUnaryHandler(() => new plugin.PluginInfo()),
    getProgramDependencies: createUnaryHandler(({ request }) => {
      const found = listDirectDependencies(request.getInfo()?.getProgramDirectory() ?? home);
      return new language.GetProgramDependenciesResponse().setDependenciesList(
        found.map(({ name, version }) => new language.DependencyInfo().setName(name).setVersion(version)),
      );
    }),
    // None is announced: the engine gets a missing provider when the first resource of its kind registers.
    getRequiredPackages: createUnaryHandler(() => new language.GetRequiredPackagesResponse()),
    installDependencies: (call) => {
      const remedy = `run "npm install" in ${call.request.getDirectory()}`;
      call.emit("error", createRefusal(`this Pulumi CLI was built from source and installs no packages: ${remedy}`));
    },
    run: createUnaryHandler(async (call) => {
      const child = children.start(buildProgramCommand(call.request, engineAddress));
      call.on("cancelled", () => child.kill());
      const { code, why } = await waitForExit(child);
      const answer = new language.RunResponse();
      if (code === PROGRAM_REPORTED_ERROR) return answer.setBail(true);
      return code === 0 ? answer : answer.setError(`the program ${why}`);
    }),
    runPlugin: (call) => {
      relayPlugin(language, call, children).catch((error: unknown) => call.emit("error", createRefusal(error)));
    },
  };
}

/** The exit code of a program that has shown its error itself (`@pulumi/pulumi/cmd/run`). */
const PROGRAM_REPORTED_ERROR = 32;

type PluginCall = grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>;

interface LaunchOptions {
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** What becomes of the child's output: shown to the user as it is, or relayed to the engine. */
  output: "inherit" | "pipe";
}

/** The running children, so that none outlives the host. */
class ChildProcesses {
  readonly #running = new Set<ChildProcess>();
  #onNone: (() => void) | undefined;

  start({ args, cwd, env, output }: LaunchOptions): ChildProcess {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", output, output] });
    this.#running.add(child);
    child.once("close", () => {
      this.#running.delete(child);
      if (this.#running.size === 0) this.#onNone?.();
    });
    return child;
  }

  endAll(): void {
    for (const child of this.#running) child.kill();
  }

  onNone(then: () => void): void {
    this.#onNone = then;
    if (this.#running.size === 0) then();
  }
}

function buildProgramCommand(request: language.RunRequest, engineAddress: string): LaunchOptions {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const { nodeArguments, environment } = parseRuntimeOptions(info);
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
    "root-directory": info?.getRootDirectory() ?? "",
  };
  return {
    args: [
      ...nodeArguments,
      resolveFrom(directory, "@pulumi/pulumi/cmd/run"),
      ...Object.entries(flags).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      request.getProgram(),
      ...request.getArgsList(),
    ],
    cwd: request.getPwd(),
    env: {
      ...process.env,
      ...environment,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
    output: "inherit",
  };
}

function buildPluginCommand(request: language.RunPluginRequest): LaunchOptions {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const { nodeArguments, environment } = parseRuntimeOptions(info);
  const given = Object.fromEntries(
    request.getEnvList().map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  const isPack = request.getKind() === "analyzer";
  // A policy pack's launcher wants the engine's address first, a provider's its own folder.
  const args = isPack
    ? [resolveFrom(directory, "@pulumi/pulumi/cmd/run-policy-pack"), ...request.getArgsList(), directory]
    : [resolveFrom(directory, "@pulumi/pulumi/cmd/run-plugin"), directory, ...request.getArgsList()];
  // A pack reads its version from the package.json of the folder it runs in (`PolicyPack` of @pulumi/policy).
  const cwd = isPack ? directory : request.getPwd();
  return { args: [...nodeArguments, ...args], cwd, env: { ...process.env, ...given, ...environment }, output: "pipe" };
}

async function relayPlugin({ RunPluginResponse }: Library["language"], call: PluginCall, children: ChildProcesses): Promise<void> {
  const child = children.start(buildPluginCommand(call.request));
  call.on("cancelled", () => child.kill());
  child.stdout?.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
  const { code } = await waitForExit(child);
  call.write(new RunPluginResponse().setExitcode(code ?? 1));
  call.end();
}

function waitForExit(child: ChildProcess): Promise<{ code: number | null; why: string }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, why: code === null ? `was ended by ${signal ?? "a signal"}` : `exited with code ${code}` });
    });
  });
}

/** `runtime.options` of Pulumi.yaml, of which TypeScript is on by default. */
function parseRuntimeOptions(info: language.ProgramInfo | undefined): { nodeArguments: string[]; environment: NodeJS.ProcessEnv } {
  const { typescript, nodeargs, tsconfig }: Record<string, unknown> = info?.getOptions()?.toJavaScript() ?? {};
  return {
    nodeArguments: typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter((argument) => argument !== "") : [],
    environment: {
      PULUMI_NODEJS_TYPESCRIPT: typescript === false ? "false" : "true",
      ...(typeof tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
    },
  };
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
}

/** What package.json names and node_modules has; a package that is not there has the version that was asked for. */
function listDirectDependencies(directory: string): { name: string; version: string }[] {
  const read = (path: string): Manifest => {
    try {
      return JSON.parse(readFileSync(join(directory, path), "utf8")) as Manifest;
    } catch {
      return {}; // absent, or hoisted to a folder above
    }
  };
  const asked = Object.entries(read("package.json").dependencies ?? {});
  return asked.map(([name, range]) => ({ name, version: read(`node_modules/${name}/package.json`).version ?? range }));
}

interface Library {
  grpc: typeof grpc;
  service: typeof service;
  language: typeof language;
  plugin: typeof plugin;
  empty: typeof empty;
}

/** The program's own copy of the SDK and, from there, of what the SDK depends on. */
function loadLibrary(directory: string): Library {
  const sdk = createRequire(resolveFrom(directory, "@pulumi/pulumi/package.json"));
  return {
    grpc: sdk("@grpc/grpc-js") as typeof grpc,
    service: sdk("./proto/language_grpc_pb.js") as typeof service,
    language: sdk("./proto/language_pb.js") as typeof language,
    plugin: sdk("./proto/plugin_pb.js") as typeof plugin,
    empty: sdk("google-protobuf/google/protobuf/empty_pb.js") as typeof empty,
  };
}

function resolveFrom(directory: string, path: string): string {
  try {
    return createRequire(join(directory, "program.js")).resolve(path);
  } catch {
    throw new Error(`cannot find ${path} from ${directory}: run npm install there`);
  }
}

type Unary<Request, Response> = (call: grpc.ServerUnaryCall<Request, Response>) => Response | Promise<Response>;

/** A handler that answers with what it returns, and with an error the engine shows when it throws. */
function createUnaryHandler<Request, Response>(answer: Unary<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(createRefusal(error));
        },
      );
  };
}

/** An answer of FAILED_PRECONDITION, whose text the engine shows; the number, since the library is loaded at run time only. */
function createRefusal(reason: unknown): { code: number; details: string } {
  return { code: 9, details: reason instanceof Error ? reason.message : String(reason) };
}

function hasPipedInput(): boolean {
  const input = fstatSync(0);
  return input.isFIFO() || input.isSocket();
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
