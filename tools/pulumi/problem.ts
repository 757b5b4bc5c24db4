import { types } from "node:util";

/** A reason, with its remedy, why there is no Pulumi CLI: for the user, who needs no stack trace. */
export class ToolchainProblem extends Error {
  override readonly name = "ToolchainProblem";
}

/** The code of a failed system call, such as `EACCES`. */
export function systemCode(error: unknown): string | undefined {
  return types.isNativeError(error) && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
