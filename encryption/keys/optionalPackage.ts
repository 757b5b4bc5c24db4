import { type ErrorCode, PalisadeError } from "../../contract/errors.js";

/** Loads a package that only those need who use it. @param missing what is thrown when it is not installed */
export async function loadPackage<M>(name: string, load: () => Promise<M>, missing: ErrorCode = "PAL_CMK_NO_PACKAGE"): Promise<M> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") throw new PalisadeError(missing, name);
    throw error;
  }
}

/** Of one call of a key service, its retries included: a start of a compute waits for it. Milliseconds. */
export const CALL_DEADLINE_MS = 15_000;
