import * as authorization from "@pulumi/azure-native/authorization";
import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../../contract/errors.js";
import { createChildFactory, type Transform } from "../child.js";
import { assertNarrowScope, lookUpSubscription } from "./scopes.js";

/** Built-in roles, none of which assigns roles. learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const ROLES = {
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  keyVaultReader: "21090545-7ca7-4776-b22c-e363652d74d2",
  keyVaultCryptoOfficer: "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
  storageBlobDataReader: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  storageBlobDataContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  monitoringReader: "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
  securityReader: "39bc4728-0917-49c7-9d2c-d95423bc2eb4",
} as const;
export type AssignedRole = keyof typeof ROLES;

/** One role for one identity. */
export interface AssignmentArgs {
  /** Object id of the identity. */
  readonly principalId: pulumi.Input<string>;
  /** What the identity is. Default: `"ServicePrincipal"`, of which a managed identity is one. */
  readonly principalType?: pulumi.Input<"ServicePrincipal" | "User" | "Group"> | undefined;
  /** What it may do. Plain. */
  readonly role: AssignedRole;
  /** Id of what it may do that with: a resource or a resource group, the narrower the better. */
  readonly scope: pulumi.Input<string>;
  /** Whether `scope` is a whole subscription, which is refused otherwise. Plain. Default: `false`. */
  readonly wholeSubscription?: boolean | undefined;
}

/** Inputs of `RoleAssignments`. Role assignments have no tags. */
export interface RoleAssignmentsArgs {
  /** Who may do what, by names of the program's own. */
  readonly assignments: Readonly<Record<string, AssignmentArgs>>;
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?: { readonly assignment?: Transform<authorization.RoleAssignmentArgs> | undefined } | undefined;
}

/** Who may do what: built-in roles that assign no roles, at the scopes that are named; at a whole subscription only where the program says so. */
export class RoleAssignments extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:RoleAssignments";

  /** By the program's names. */
  readonly assignments: Readonly<Record<string, authorization.RoleAssignment>>;

  /** @throws PAL_BASELINE_PRINCIPALS, PAL_BASELINE_SCOPE, once they are known */
  constructor(name: string, args: RoleAssignmentsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(RoleAssignments.__pulumiType, name, {}, opts);
    const make = createChildFactory(this);
    const subscription = lookUpSubscription(this);
    this.assignments = Object.fromEntries(
      Object.entries(args.assignments).map(([child, { role, scope, principalId, principalType, wholeSubscription = false }]) => {
        const assignment: authorization.RoleAssignmentArgs = {
          scope: pulumi.output(scope).apply((one) => assertNarrowScope(child, one, wholeSubscription)),
          roleDefinitionId: subscription.apply(
            (id) => `/subscriptions/${id}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role]}`,
          ),
          principalId: pulumi.output(principalId).apply((one) => assertObjectId(child, one)),
          principalType: principalType ?? "ServicePrincipal",
        };
        return [child, make(authorization.RoleAssignment, `${name}-${child}`, assignment, args.transforms?.assignment)];
      }),
    );
    this.registerOutputs({});
  }
}

/** @throws PAL_BASELINE_PRINCIPALS */
function assertObjectId(name: string, id: string): string {
  if (!GUID.test(id))
    throw new PalisadeError("PAL_BASELINE_PRINCIPALS", `assignments.${name}.principalId is ${JSON.stringify(id)}, no object id`);
  return id;
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
