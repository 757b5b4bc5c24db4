import { branch } from "./branch/lifecycle.js";
import { branchProtection } from "./branchProtection/lifecycle.js";
import { computeEndpoint } from "./computeEndpoint/lifecycle.js";
import { database } from "./database/lifecycle.js";
import { ipAllowlist } from "./ipAllowlist/lifecycle.js";
import { ipAllowlistEntry } from "./ipAllowlistEntry/lifecycle.js";
import { project } from "./project/lifecycle.js";
import { role } from "./role/lifecycle.js";
import { rotatingRole } from "./rotatingRole/lifecycle.js";

/** Every resource, one line each. The key is the class's name, the type token's last word and the name that the stored text requires. */
export const catalogue = {
  Project: project,
  Branch: branch,
  BranchProtection: branchProtection,
  ComputeEndpoint: computeEndpoint,
  Database: database,
  IpAllowlist: ipAllowlist,
  IpAllowlistEntry: ipAllowlistEntry,
  Role: role,
  RotatingRole: rotatingRole,
};
export type Kind = keyof typeof catalogue;
