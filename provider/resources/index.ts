import { apiKey } from "./apiKey/lifecycle.js";
import { backupSchedule } from "./backupSchedule/lifecycle.js";
import { branch } from "./branch/lifecycle.js";
import { branchProtection } from "./branchProtection/lifecycle.js";
import { computeEndpoint } from "./computeEndpoint/lifecycle.js";
import { customerManagedKey } from "./customerManagedKey/lifecycle.js";
import { database } from "./database/lifecycle.js";
import { ipAllowlist } from "./ipAllowlist/lifecycle.js";
import { ipAllowlistEntry } from "./ipAllowlistEntry/lifecycle.js";
import { jwksUrl } from "./jwksUrl/lifecycle.js";
import { organizationMember } from "./organizationMember/lifecycle.js";
import { project } from "./project/lifecycle.js";
import { projectPermission } from "./projectPermission/lifecycle.js";
import { role } from "./role/lifecycle.js";
import { roleGrants } from "./roleGrants/lifecycle.js";
import { rotatingRole } from "./rotatingRole/lifecycle.js";
import { snapshot } from "./snapshot/lifecycle.js";
import { vpcEndpointAssignment } from "./vpcEndpointAssignment/lifecycle.js";
import { vpcEndpointRestriction } from "./vpcEndpointRestriction/lifecycle.js";

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
  RoleGrants: roleGrants,
  RotatingRole: rotatingRole,
  VpcEndpointAssignment: vpcEndpointAssignment,
  VpcEndpointRestriction: vpcEndpointRestriction,
  OrganizationMember: organizationMember,
  ProjectPermission: projectPermission,
  JwksUrl: jwksUrl,
  ApiKey: apiKey,
  BackupSchedule: backupSchedule,
  Snapshot: snapshot,
  CustomerManagedKey: customerManagedKey,
};
export type Kind = keyof typeof catalogue;
