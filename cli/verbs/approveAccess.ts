import { randomUUID } from "node:crypto";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import {
  ACCESS_NAMESPACE,
  AccessTerms,
  buildApprovalText,
  formatSignedAccess,
  LONGEST_ACCESS_DAYS,
  LONGEST_ACCESS_MS,
  normalizeTerms,
} from "../../contract/temporaryAccess.js";
import { signText } from "../../provider/client/sshSignature.js";
import { escapeForTerminal } from "../../review/terminalText.js";
import { confirmByName } from "../confirm.js";
import { readInputFile } from "../inputFile.js";
import { assertNewFile, writeNewFile } from "../newFile.js";
import type { Verb } from "../verb.js";

interface Options {
  key: string;
  out: string;
  yes: boolean;
}

export const approveAccess: Verb = (program, ended) =>
  void program
    .command("approve-access")
    .argument("<request>", "JSON file: projectId, branchId, databaseName, roleName, privileges, until, reason, requester")
    .requiredOption("--key <file>", "SSH key to sign with; the public half when an agent holds the key")
    .option("--out <file>", "where the approval goes; never overwrites one", "access-approval.json")
    .option("--yes", "do not ask", false)
    .addHelpText(
      "after",
      "\nWhoever signs gives the access to the requester named in it. The approval is used once; the plane takes none that the requester signed.",
    )
    .action(async (file: string, { key, out, yes }: Options) => {
      const terms = await readTerms(file);
      await assertNewFile("--out", out);
      process.stderr.write(formatTerms(terms));
      if (!yes) await confirmByName("the role's name", terms.roleName);
      const text = buildApprovalText(terms, randomUUID(), new Date().toISOString());
      await writeNewFile("--out", out, `${formatSignedAccess(text, await signText(text, key, ACCESS_NAMESPACE))}\n`);
      process.stdout.write(`${out}: access until ${terms.until}\n`);
      ended(EXIT.done);
    });

async function readTerms(file: string): Promise<AccessTerms> {
  const text = await readInputFile("the request", file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_USAGE", `${file} is not JSON`);
  }
  const read = AccessTerms.safeParse(value);
  const issue = read.error?.issues[0];
  if (!read.success) throw new PalisadeError("PAL_USAGE", `${file}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  const terms = normalizeTerms(read.data);
  const ahead = Date.parse(terms.until) - Date.now();
  if (!(ahead > 0 && ahead <= LONGEST_ACCESS_MS))
    throw new PalisadeError("PAL_USAGE", `${file}: until must be in the future, and at most ${LONGEST_ACCESS_DAYS} days ahead`);
  return terms;
}

function formatTerms({ projectId, branchId, databaseName, roleName, privileges, until, reason, requester }: AccessTerms): string {
  const lines = [
    `role ${roleName} in database ${databaseName} of branch ${branchId} of project ${projectId}`,
    `  for        ${requester}: ${reason}`,
    `  until      ${until}`,
    ...privileges.database.map((privilege) => `  may        ${privilege} on the database`),
    ...privileges.schemas.flatMap(({ name, privileges: own, ...kinds }) => [
      ...own.map((privilege) => `  may        ${privilege} on schema ${name}`),
      ...Object.entries(kinds).flatMap(([kind, words]) => words.map((word) => `  may        ${word} on all ${kind} of schema ${name}`)),
    ]),
  ];
  return `${lines.map(escapeForTerminal).join("\n")}\n`;
}
