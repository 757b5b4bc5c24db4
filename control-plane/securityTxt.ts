import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { formatErrorMessage, PalisadeError } from "@palisade/neon/contract/errors";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import { isValid, MAX_FILE_BYTES, parseSecurityTxt } from "@palisade/neon/contract/securityTxt";

/** What is answered under /.well-known/security.txt. */
export interface ServedSecurityTxt {
  readonly text: string;
  /** Milliseconds since 1970: from then on it is not served. */
  readonly expiresMs: number;
}

/**
 * The file that an option names, else that of the data directory, where there is one; nothing else may lie behind it than a file.
 * @throws PAL_BAD_SECURITY_TXT for one that cannot be read or breaks RFC 9116
 */
export function readSecurityTxt(
  { securityTxtFile, dataDirectory }: Pick<PlaneOptions, "securityTxtFile" | "dataDirectory">,
  nowMs: number,
): ServedSecurityTxt | undefined {
  const file = securityTxtFile ?? join(dataDirectory, "security.txt");
  // A data directory may have come with a repository: a link in it could lead to any file of this user.
  const text = readBounded(file, securityTxtFile === undefined);
  if (text === undefined) return undefined;
  const { problems, expiresMs } = parseSecurityTxt(text, { nowMs });
  const error = problems.find(({ severity }) => severity === "error");
  if (!isValid({ problems }) || expiresMs === undefined)
    throw new PalisadeError(
      "PAL_BAD_SECURITY_TXT",
      `${file}${error && error.line > 0 ? `, line ${error.line}` : ""}: ${error?.message.replace(/\.$/, "") ?? ""}`,
    );
  return { text, expiresMs };
}

/** undefined where an optional file is not there. */
function readBounded(file: string, isOptional: boolean): string | undefined {
  try {
    const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | (isOptional ? constants.O_NOFOLLOW : 0));
    try {
      if (!fstatSync(handle).isFile()) throw new Error("it is no file");
      const bytes = Buffer.alloc(MAX_FILE_BYTES + 1);
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, readSync(handle, bytes)));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (isOptional && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new PalisadeError("PAL_BAD_SECURITY_TXT", `${file}: ${formatErrorMessage(error)}`);
  }
}
