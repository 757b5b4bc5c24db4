import type { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { accountRoutes } from "./account.js";
import { apiKeyRoutes } from "./apiKeys.js";
import { auditRoutes } from "./audit.js";
import { auditExportRoutes } from "./auditExports.js";
import { backupScheduleRoutes } from "./backupSchedules.js";
import { branchLifecycleRoutes } from "./branchLifecycle.js";
import { branchRoutes } from "./branches.js";
import { computeRoutes } from "./computes.js";
import { connectionUriRoutes } from "./connectionUri.js";
import { consumptionRoutes } from "./consumption.js";
import { credentialRoutes } from "./credentials.js";
import { customerKeyRoutes } from "./customerKeys.js";
import { databaseRoutes } from "./databases.js";
import { erasureRoutes } from "./erasures.js";
import { jwksRoutes } from "./jwks.js";
import { memberRoutes } from "./members.js";
import { createOpenApiRoute } from "./openapi.js";
import { operationRoutes } from "./operations.js";
import { permissionRoutes } from "./permissions.js";
import { createPlaneStatusRoute } from "./planeStatus.js";
import { projectRoutes } from "./projects.js";
import { roleRoutes } from "./roles.js";
import { schemaRoutes } from "./schema.js";
import { snapshotRoutes } from "./snapshots.js";
import { temporaryAccessRoutes } from "./temporaryAccess.js";
import { transferRoutes } from "./transfers.js";
import { pathChallengeRoutes } from "./pathChallenges.js";
import { vpcEndpointRoutes } from "./vpcEndpoints.js";
import type { Route } from "./route.js";

/** All of Neon's API that the plane speaks. */
export const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...apiKeyRoutes,
  ...projectRoutes,
  ...branchRoutes,
  ...branchLifecycleRoutes,
  ...snapshotRoutes,
  ...backupScheduleRoutes,
  ...computeRoutes,
  ...roleRoutes,
  ...databaseRoutes,
  ...operationRoutes,
  ...connectionUriRoutes,
  ...vpcEndpointRoutes,
  ...memberRoutes,
  ...permissionRoutes,
  ...jwksRoutes,
  ...credentialRoutes,
  ...schemaRoutes,
  ...transferRoutes,
  ...consumptionRoutes,
];

/** All that a plane answers but for the hooks of tests: Neon's, and below /x-palisade its own. */
export function buildRoutes(status: () => PlaneStatus): Route[] {
  const routes = [
    ...ROUTES,
    createPlaneStatusRoute(status),
    ...auditRoutes,
    ...auditExportRoutes,
    ...customerKeyRoutes,
    ...erasureRoutes,
    ...pathChallengeRoutes,
    ...temporaryAccessRoutes,
  ];
  return [...routes, createOpenApiRoute(routes)];
}
