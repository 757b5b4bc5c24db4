import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { readRoots } from "../connection/rootStore.js";
import { readSettings } from "../connection/settings.js";
import { readStandardInput } from "../connection/standardInput.js";
import { InterruptedError, type Step } from "../connection/steps.js";
import { parseUri } from "../connection/uri.js";
import type { Verb } from "../verb.js";
import { createOutputOption } from "../options.js";
import { createColours } from "../terminal.js";
import { toSafeJson } from "../../review/terminalText.js";

interface Options {
  output: "text" | "json";
  project?: string;
  stack?: string;
  cwd: string;
}

export const checkConnection: Verb = (program, ended) =>
  void program
    .command("check-connection")
    .argument("<uri>", "connection URI, or - to read it from standard input, which keeps its password out of the process list")
    .option("--project <id>", "project of an embedded plane that the URI leads to: the plane is asked which way the connection came in")
    .option("--stack <name>", "stack whose configuration names that plane; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addOption(createOutputOption())
    .addHelpText("after", NOTES)
    .action(async (argument: string, { output, project, stack, cwd }: Options) => {
      const login = parseUri(argument === "-" ? await readStandardInput() : argument);
      if (argument !== "-" && login.password !== undefined) process.stderr.write(`palisade: ${VISIBLE}\n`);
      const interrupt = new AbortController();
      const stop = () => {
        interrupt.abort();
      };
      process.once("SIGINT", stop);
      try {
        const path = project === undefined ? undefined : await startPathWatch(project, cwd, stack);
        // Postgres' driver costs the other verbs nothing.
        const { check } = await import("../connection/check.js");
        const steps = await check(login, {
          roots: readRoots(login.rootCert, process.env),
          password: process.env["PGPASSWORD"] || undefined,
          interrupted: interrupt.signal,
          path,
          onStep: (step) => {
            if (output === "text") process.stdout.write(formatStep(step));
          },
        });
        if (output === "json") process.stdout.write(`${toSafeJson({ host: login.host, steps })}\n`);
        ended(getExitCode(steps));
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        ended(EXIT.interrupted);
      } finally {
        process.off("SIGINT", stop);
      }
    });

async function startPathWatch(project: string, cwd: string, stack: string | undefined) {
  const { watchPath } = await import("../connection/attest.js");
  return watchPath((await readSettings(cwd, stack)).getAccount(undefined), project);
}

const NOTES = `
The certificate is checked against sslrootcert of the URI, else PGSSLROOTCERT, else this machine's store (SSL_CERT_FILE, else the system's).
connect_timeout of the URI limits each step, in seconds; without it a step may take 10 s, and a login, which may wake a compute, 60 s.
An address says whether the way is private by name alone; with --project the plane says which private endpoint it came by, or that it came by none.
Without a password in the URI or in PGPASSWORD the login is not judged: exit code 22.`;

const VISIBLE = "other users of this machine can see the password in this command line; give - and write the URI to standard input";

function getExitCode(steps: readonly Step[]): ExitCode {
  if (steps.some(({ status }) => status === "fail")) return EXIT.failed;
  return steps.some(({ status }) => status === "not tried") ? EXIT.cannotJudge : EXIT.done;
}

const { green, yellow, red, dim } = createColours(process.stdout);
const MARKS = { ok: green("ok  "), warn: yellow("warn"), fail: red("fail"), "not tried": dim("-   ") };

const formatStep = ({ step, status, ms, detail, remedy }: Step) =>
  `${MARKS[status]}  ${step.padEnd(17)} ${(ms === null ? "" : `${ms} ms`).padStart(8)}  ${status === "not tried" ? "not tried" : detail}\n${
    remedy === undefined ? "" : `${" ".repeat(34)}${remedy}\n`
  }`;
