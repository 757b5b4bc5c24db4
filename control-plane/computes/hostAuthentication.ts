import { userInfo } from "node:os";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quoteIdentifier } from "@palisade/neon/contract/names";
import type { User } from "./postgresInstallation.js";
import { SUPERUSER } from "./clusterSetup.js";

/**
 * Who may log in to Postgres as what: the superuser has no password, which one cluster could learn and another would take. By peer authentication the
 * user that runs the plane is it, and the user that runs Postgres may follow a cluster as it, which gives nothing that this user has not got:
 * the files of both are its own. Everybody else proves a password.
 */
const HBA = `local replication ${SUPERUSER} peer map=follower
local all ${SUPERUSER} peer map=plane
local all all scram-sha-256
`;

const formatIdentFile = (plane: string, follower: string): string => `plane ${quoteIdentifier(plane)} ${SUPERUSER}
follower ${quoteIdentifier(follower)} ${SUPERUSER}
`;

/**
 * Writes both files where no process of Postgres may change them.
 * @param folder made when missing; readable by everybody who may pass through to it
 * @returns settings for the command line of every Postgres
 */
export async function writeAccessSettings(folder: string, runAs: User | undefined): Promise<string[]> {
  const me = userInfo().username;
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(`${path}.new`, text, { mode: 0o644 });
    await chmod(`${path}.new`, 0o644);
    await rename(`${path}.new`, path);
    return path;
  };
  return [
    `hba_file=${await write("pg_hba.conf", HBA)}`,
    `ident_file=${await write("pg_ident.conf", formatIdentFile(me, runAs?.name ?? me))}`,
  ];
}
