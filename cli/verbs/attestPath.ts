import { writeFile } from "node:fs/promises";
import { EXIT } from "../../contract/exitCodes.js";
import { PATH_NAMESPACE, PATH_VALID_MS, type SignedPath } from "../../contract/pathAttestation.js";
import { signText } from "../../provider/client/sshSignature.js";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import type { z } from "zod";
import { readRoots } from "../connection/rootStore.js";
import { readSettings } from "../connection/settings.js";
import { readStandardInput } from "../connection/standardInput.js";
import { parseUri } from "../connection/uri.js";
import type { Verb } from "../verb.js";

interface Options {
  project: string;
  key: string;
  out: string;
  stack?: string;
  cwd: string;
}

export const attestPath: Verb = (program, ended) =>
  void program
    .command("attest-path")
    .argument("<uri>", "connection URI of the project, or - to read it from standard input; it needs no password")
    .requiredOption("--project <id>", "project that the URI leads to")
    .requiredOption("--key <file>", "SSH key to sign with; the public half when an agent holds the key")
    .option("--out <file>", "where the attestation goes", "path-attestation.json")
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addHelpText("after", NOTES)
    .action(async (argument: string, { project, key, out, stack, cwd }: Options) => {
      const login = parseUri(argument === "-" ? await readStandardInput() : argument);
      const account = (await readSettings(cwd, stack)).getAccount(undefined);
      // Connecting costs the other verbs nothing.
      const { attestPath: attest } = await import("../connection/attest.js");
      const attested = await attest(account, project, login, readRoots(login.rootCert, process.env));
      const text = canonicalizeJson(attested);
      const signed: z.input<typeof SignedPath> = { attestation: text, signature: await signText(text, key, PATH_NAMESPACE) };
      await writeFile(out, `${JSON.stringify(signed, null, 1)}\n`, { mode: 0o644 });
      const end = new Date(Date.parse(attested.madeAt) + PATH_VALID_MS).toISOString();
      process.stdout.write(`${out}: ${attested.endpointIds.join(", ")} to ${project}, holds until ${end} and for one update\n`);
      ended(EXIT.done);
    });

const NOTES = `
Run it inside the network, on a machine that reaches the project's host by its private address, against an embedded plane. The plane must have seen
the connection come in by a private endpoint; the file goes into pathAttestation of the resource that is to block public access.`;
