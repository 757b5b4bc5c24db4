import { EXIT } from "../../contract/exitCodes.js";
import { verifyCertificate as verify } from "../erase/certificate.js";
import { readInputFile } from "../inputFile.js";
import { createOutputOption } from "../options.js";
import type { Verb } from "../verb.js";
import { toSafeJson } from "../../review/terminalText.js";

export const verifyCertificate: Verb = (program, ended) =>
  void program
    .command("verify-certificate")
    .argument("<file>", "the certificate, or what palisade erase --output json printed")
    .option("--fingerprint <sha256>", "of the key that must have signed it, as palisade erase tells it")
    .addOption(createOutputOption())
    .action(async (file: string, { fingerprint, output }: { fingerprint?: string; output: "text" | "json" }) => {
      const certificate = verify(await readInputFile("<file>", file), fingerprint);
      const { body } = certificate;
      const trust = fingerprint === undefined ? "; compare this with what the plane says, or give it with --fingerprint" : "";
      const text = `The certificate is signed by the key ${certificate.fingerprint}${trust}.
${body.branches.join(", ")} of ${body.project_id} erased at ${body.erased_at} by ${body.by.kind} ${body.by.id} (API key ${body.by.api_key_id}): ${body.erasure_keys.length} keys destroyed, ${body.proof.tried} objects tried, ${body.proof.opened} opened.
Not reached:
${body.not_reached.map((each) => `  ${each}`).join("\n")}
`;
      process.stdout.write(output === "json" ? `${toSafeJson({ ...certificate, verified: true })}\n` : text);
      ended(EXIT.done);
    });
