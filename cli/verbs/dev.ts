import { Option } from "commander";
import { resolve } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import { type ControlPlaneModule, type PlaneLogLine, type PlaneOptions, type PlaneReady, PLANS } from "../../contract/plane.js";
import type { Verb } from "../verb.js";
import { toSafeJson } from "../../review/terminalText.js";
import { assertReadable } from "../inputFile.js";
import { parseAllowedKeys, parseAllowedSinks, createOutputOption, createWholeNumberParser } from "../options.js";
import { type Connections, CONNECTIONS, isWanted, formatLogLine } from "../plane/log.js";
import { createColours } from "../terminal.js";

interface DevOptions extends Pick<PlaneOptions, "apiPort" | "proxyPort" | "bind" | "plan" | "hosts" | "rateLimits" | "seal"> {
  allowKey?: PlaneOptions["allowedKeys"];
  allowSink?: PlaneOptions["allowedSinks"];
  approvers?: string;
  connections?: Connections;
  data: string;
  seed?: string;
  securityTxt?: string;
  operationTime: number;
  output: "text" | "json";
}

const PORT = createWholeNumberParser(0, 65_535);

export const dev: Verb = (program, ended) =>
  void program
    .command("dev")
    .option("--api-port <port>", "port of the API; 0 = any free one", PORT, 4400)
    .option("--proxy-port <port>", "port of the Postgres proxy; 0 = any free one", PORT, 4432)
    .option("--bind <address>", "loopback address to listen on", "127.0.0.1")
    .option("--data <directory>", "where everything is kept; reopened with the same key and organisation", ".palisade")
    .addOption(new Option("--plan <plan>", "limits of which Neon plan").choices(PLANS).default("scale"))
    .option("--seed <file>", "YAML file with the initial projects and branches of a new data directory")
    .option(
      "--security-txt <file>",
      "file of RFC 9116 to serve under /.well-known/security.txt; security.txt of the data directory when omitted",
    )
    .addOption(new Option("--hosts <form>", "host names of computes").choices(["auto", "sni", "universal"]).default("auto"))
    .addOption(new Option("--rate-limits <limits>", "limits of calls").choices(["off", "neon"]).default("off"))
    .option("--operation-time <milliseconds>", "how long each operation takes", createWholeNumberParser(0, 600_000), 100)
    .option(
      "--allow-key <org=key>",
      "key of AWS KMS or Azure Key Vault that the plane's own identity may use for an organisation (repeat for more)",
      parseAllowedKeys,
    )
    .option(
      "--allow-sink <org=sink>",
      "where exports of an organisation's audit may go besides webhooks at public addresses: webhook:URL, syslog:HOST:PORT, file, s3:BUCKET/PREFIX or blob:ACCOUNT/CONTAINER (repeat for more)",
      parseAllowedSinks,
    )
    .option("--approvers <file>", "who may approve temporary access, as ssh-keygen reads a list of allowed signers; nobody when omitted")
    .addOption(
      new Option("--seal <which>", "data that is sealed while no compute uses it: all of it, or that of projects with a key of their own")
        .choices(["all", "keyed"])
        .default("keyed"),
    )
    .addOption(
      new Option("--connections <which>", "connections to print a line for (default: refused; with --output json all)").choices(
        CONNECTIONS,
      ),
    )
    .addOption(createOutputOption())
    .action(async (options: DevOptions) => {
      const {
        data,
        seed,
        securityTxt,
        operationTime,
        allowKey,
        allowSink,
        approvers,
        output,
        connections = output === "json" ? "all" : "refused",
        ...rest
      } = options;
      const json = (line: object) => void process.stdout.write(`${toSafeJson(line)}\n`);
      // The ready line comes first, for programs that read one line.
      const early: PlaneLogLine[] = [];
      let log: (line: PlaneLogLine) => void = output === "json" ? (line) => early.push(line) : printLine;
      if (seed !== undefined) await assertReadable("--seed", seed);
      if (securityTxt !== undefined) await assertReadable("--security-txt", securityTxt);
      const verifyApproval = approvers === undefined ? undefined : await loadVerifier(approvers);
      const { startPlane } = await loadPlane();
      const plane = await startPlane({
        ...rest,
        dataDirectory: resolve(data),
        seedFile: seed,
        securityTxtFile: securityTxt,
        operationTimeMs: operationTime,
        allowedKeys: allowKey,
        allowedSinks: allowSink,
        verifyApproval,
        log: (line) => {
          if (isWanted(line, connections, (output === "json" ? process.stdout : process.stderr).writableLength)) log(line);
        },
      });
      if (output === "json") {
        log = json;
        [plane.ready, ...early].forEach(json);
      } else process.stdout.write(formatWelcome(plane.ready, data));
      const asked = new Promise<void>((stop) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const)
          process.once(signal, () => {
            stop();
          });
      });
      try {
        // What cannot be loaded ends it, with its own words.
        await Promise.race([asked, plane.whole.then(() => asked)]);
      } finally {
        await plane.stop();
      }
      ended(EXIT.done);
    });

/** Loaded only where it is asked for: most planes give no temporary access. */
const loadVerifier = async (file: string): Promise<NonNullable<PlaneOptions["verifyApproval"]>> =>
  (await import("../plane/approvers.js")).createApprovalVerifier(file);

/** By a name the compiler does not follow: the plane is a package of its own and may be absent. */
async function loadPlane(): Promise<ControlPlaneModule> {
  const name = "@palisade/control-plane";
  try {
    return (await import(name)) as ControlPlaneModule;
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_MODULE_NOT_FOUND" && (error as { code?: string }).code !== "MODULE_NOT_FOUND")
      throw error;
    throw new PalisadeError("PAL_NO_PLANE", name);
  }
}

function printLine(line: PlaneLogLine): void {
  const text = formatLogLine(line);
  if (text !== undefined) process.stderr.write(`${text}\n`);
}

function formatWelcome(ready: PlaneReady, data: string): string {
  const { bold } = createColours(process.stdout);
  const proxy = ready.proxyPort === null ? "none yet: computes are records" : `${ready.proxyHost}:${ready.proxyPort}`;
  return `${bold("The embedded control plane is ready.")} It speaks Neon's API and is no part of Neon. Ctrl-C stops it.

  API           ${ready.apiUrl}
  key           ${ready.apiKey}
  organisation  ${ready.orgId}
  proxy         ${proxy}
  console       ${new URL("/", ready.apiUrl).href} (in a browser, with the key; it only reads)
  data          ${data}

A stack that uses it:

  pulumi config set palisade:apiUrl ${ready.apiUrl}
  pulumi config set --secret palisade:apiKey ${ready.apiKey}

A shell that uses it, for palisade status, palisade psql and every other verb:

  export NEON_API_HOST=${ready.apiUrl} NEON_API_KEY=${ready.apiKey}
`;
}
