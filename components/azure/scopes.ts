import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import type * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../../contract/errors.js";

/** Id of the subscription that a component's resources are made in. @param parent the component, whose provider is asked */
export const lookUpSubscription = (parent: pulumi.ComponentResource): pulumi.Output<string> =>
  getClientConfigOutput({ parent }).apply(({ subscriptionId }) => subscriptionId);

/** @throws PAL_BASELINE_SCOPE */
export function assertVaultId(name: string, id: string): string {
  if (!VAULT_ID.test(id)) throw new PalisadeError("PAL_BASELINE_SCOPE", `vaults.${name} is ${JSON.stringify(id)}, not the id of a vault`);
  return id;
}

/**
 * A scope that is a resource, a resource group, or a subscription where the program says that it means all of it. What is above never is.
 * @throws PAL_BASELINE_SCOPE
 */
export function assertNarrowScope(name: string, scope: string, wholeSubscription: boolean): string {
  if (SUBSCRIPTION.test(scope)) {
    if (wholeSubscription) return scope;
    throw new PalisadeError("PAL_BASELINE_SCOPE", `assignments.${name}.scope is a whole subscription`);
  }
  if (!BELOW_SUBSCRIPTION.test(scope))
    throw new PalisadeError(
      "PAL_BASELINE_SCOPE",
      `assignments.${name}.scope is ${JSON.stringify(scope)}, which is nothing of a subscription`,
    );
  if (wholeSubscription) throw new PalisadeError("PAL_BASELINE_SCOPE", `assignments.${name} says wholeSubscription, and its scope is none`);
  return scope;
}

const VAULT_ID = /^\/subscriptions\/[^/]{1,64}\/resourceGroups\/[^/]{1,90}\/providers\/Microsoft\.KeyVault\/vaults\/[\w-]{3,24}$/i;
const SUBSCRIPTION = /^\/subscriptions\/[^/]{1,64}\/?$/i;
const BELOW_SUBSCRIPTION = /^\/subscriptions\/[^/]{1,64}\/resourceGroups\/[^/]{1,90}(?:\/[^/]{1,260}){0,40}$/i;
