import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";
import { PalisadeError } from "../contract/errors.js";
import { escapeForTerminal } from "../review/terminalText.js";

/** Asks on the terminal for a name, before something is signed. @param what `the stack's name` @throws PAL_USAGE where nobody can be asked, or another name is typed */
export async function confirmByName(what: string, name: string): Promise<void> {
  if (!isatty(process.stdin.fd))
    throw new PalisadeError("PAL_USAGE", "nobody can be asked here: read what is to be signed, then give --yes");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`To sign this, type ${what} (${escapeForTerminal(name)}): `);
    if (answer.trim() !== name) throw new PalisadeError("PAL_USAGE", `that is not ${what}: nothing was signed`);
  } finally {
    asking.close();
  }
}
