import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { InvalidArgumentError } from "commander";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";

export const FORMS = ["text", "json", "markdown", "sarif", "junit", "github"] as const;
export type Form = (typeof FORMS)[number];

export interface Output {
  readonly form: Form;
  /** Standard output when there is none. */
  readonly file: string | undefined;
}

/** Reads `form` or `form=file`; one form at most is printed. */
export function parseOutput(text: string, others: readonly Output[]): Output[] {
  const [, name = "", file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  const chosen = FORMS.find((one) => one === name);
  if (chosen === undefined) throw new InvalidArgumentError(`It must be one of ${FORMS.join(", ")}, or such a word, = and a file.`);
  if (file === "") throw new InvalidArgumentError("A file must follow the =.");
  if (others.some((one) => (file === undefined ? one.file === undefined : one.file !== undefined && resolve(one.file) === resolve(file))))
    throw new InvalidArgumentError(file === undefined ? "Two forms cannot both be printed: give one a file." : `Two forms go to ${file}.`);
  return [...others, { form: chosen, file }];
}

/** Empties the output files first: a failed run must not leave the verdict of an earlier one, which may have approved. */
export async function clearOutputs(outputs: readonly Output[], inputs: readonly (string | undefined)[]): Promise<void> {
  const taken = new Set(inputs.flatMap((file) => (file === undefined ? [] : [resolve(file)])));
  for (const { file } of outputs) {
    if (file === undefined) continue;
    if (taken.has(resolve(file))) throw new PalisadeError("PAL_USAGE", `--output: ${file} is the file of another option`);
    await writeOutput(file, "");
  }
}

/** Writes each form to its file, and one to standard output: the one without a file, otherwise text. */
export async function writeOutputs(outputs: readonly Output[], render: (form: Form) => string): Promise<void> {
  for (const { form, file } of outputs) if (file !== undefined) await writeOutput(file, render(form));
  process.stdout.write(render(outputs.find(({ file }) => file === undefined)?.form ?? "text"));
}

/** Holds no secret, and the next step of a pipeline may run as another user: the ordinary umask decides. */
const writeOutput = async (file: string, text: string): Promise<void> =>
  writeFile(file, text).catch((error: unknown) => {
    throw new PalisadeError("PAL_USAGE", `--output: ${formatErrorMessage(error)}`);
  });

/** What the locations of a review are relative to: the program's folder in its repository; empty where it is in none. */
export const getProgramFolder = (directory: string): string => relative(findRepository(directory), directory).split(sep).join("/");

function findRepository(directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (folder === dirname(folder)) return directory;
  }
}
