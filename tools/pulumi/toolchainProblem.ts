import { types } from "node:util";
import { PalisadeError } from "../../contract/errors.js";

/** Why there is no Pulumi CLI: PAL_NO_ENGINE of the registry, which adds what to do. */
export class ToolchainProblem extends PalisadeError {
  constructor(detail: string) {
    super("PAL_NO_ENGINE", detail);
  }
}

/** The code of a failed system call, such as `EACCES`. */
export function getSystemCode(error: unknown): string | undefined {
  return types.isNativeError(error) && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
