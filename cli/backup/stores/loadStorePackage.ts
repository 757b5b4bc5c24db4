import { PalisadeError } from "../../../contract/errors.js";

/** Loads a package that only those need whose backups lie in that cloud. @throws PAL_BACKUP_NO_PACKAGE when it is not installed */
export async function loadStorePackage<M>(name: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") throw new PalisadeError("PAL_BACKUP_NO_PACKAGE", name);
    throw error;
  }
}
