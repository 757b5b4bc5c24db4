import type { Attack } from "./attack.js";
import { authority } from "./kinds/authority.js";
import { consoleAttacks } from "./kinds/console.js";
import { copies } from "./kinds/copies.js";
import { directory } from "./kinds/directory.js";
import { ended } from "./kinds/ended.js";
import { files } from "./kinds/files.js";
import { httpAttacks } from "./kinds/http.js";
import { machine } from "./kinds/machine.js";
import { names } from "./kinds/names.js";
import { neighbours } from "./kinds/neighbours.js";
import { paths } from "./kinds/paths.js";
import { proxy } from "./kinds/proxy.js";
import { secrets } from "./kinds/secrets.js";
import { superuser } from "./kinds/superuser.js";
import { temporaryApprovals } from "./kinds/temporaryApprovals.js";
import { temporaryRoles } from "./kinds/temporaryRoles.js";
import { traps } from "./kinds/traps.js";

/** In the order in which they are tried: those that inspect what the others left come last. */
export const ATTACKS: readonly Attack[] = [
  ...superuser,
  ...machine,
  ...traps,
  ...neighbours,
  ...names,
  ...authority,
  ...paths,
  ...copies,
  ...ended,
  ...temporaryApprovals,
  ...temporaryRoles,
  ...directory,
  ...proxy,
  ...httpAttacks,
  ...consoleAttacks,
  ...files,
  ...secrets,
];
