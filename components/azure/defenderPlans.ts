import * as security from "@pulumi/azure-native/security";
import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../../contract/errors.js";
import { assertAddress } from "../alarmSubscribers.js";
import { createChildFactory, type Transform } from "../child.js";
import { lookUpSubscription } from "./scopes.js";

/** Plans of Microsoft Defender for Cloud, each paid for, and the form of each that Microsoft sells now. */
const SUB_PLANS = { Arm: "PerSubscription", KeyVaults: "PerKeyVault", StorageAccounts: "DefenderForStorageV2" } as const;
export type DefenderPlan = keyof typeof SUB_PLANS;
const ALL_PLANS = ["Arm", "KeyVaults", "StorageAccounts"] as const satisfies readonly DefenderPlan[];

/** Inputs of `DefenderPlans` that a baseline passes on. */
export interface PlanArgs {
  /** E-mail addresses that Defender tells: at least one. Owners of the subscription are told as well. */
  readonly contactEmails: readonly pulumi.Input<string>[];
  /** What Defender looks at. Plain. Default: Azure's own management (`Arm`), `KeyVaults` and `StorageAccounts`. */
  readonly plans?: readonly DefenderPlan[] | undefined;
}

/** Change what the children of `DefenderPlans` are made with; the second argument is the child's name. */
export interface DefenderPlansTransforms {
  readonly plan?: Transform<security.PricingArgs> | undefined;
  readonly contact?: Transform<security.SecurityContactArgs> | undefined;
}

/** Inputs of `DefenderPlans`. Plans and contacts have no tags. */
export interface DefenderPlansArgs extends PlanArgs {
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?: DefenderPlansTransforms | undefined;
}

/** Microsoft Defender for Cloud of a subscription: its plans, and whom it tells of alerts of medium severity and worse. */
export class DefenderPlans extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:DefenderPlans";

  readonly plans: readonly security.Pricing[];
  readonly contact: security.SecurityContact;

  /** @throws PAL_BASELINE_SUBSCRIBERS where there is no contact, and, once it is known, for what is no address */
  constructor(name: string, args: DefenderPlansArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DefenderPlans.__pulumiType, name, {}, opts);
    const { contactEmails, plans = ALL_PLANS, transforms = {} } = args;
    if (contactEmails.length === 0) throw new PalisadeError("PAL_BASELINE_SUBSCRIBERS", "contactEmails names nobody");
    const make = createChildFactory(this);
    const scopeId = lookUpSubscription(this).apply((id) => `subscriptions/${id}`);
    this.plans = plans.map((plan) => {
      const pricing: security.PricingArgs = { scopeId, pricingName: plan, pricingTier: "Standard", subPlan: SUB_PLANS[plan] };
      return make(security.Pricing, `${name}-${plan.toLowerCase()}`, pricing, transforms.plan);
    });
    const contact: security.SecurityContactArgs = {
      // The one that a subscription has.
      securityContactName: "default",
      isEnabled: true,
      emails: pulumi
        .all(contactEmails.map((one) => pulumi.output(one)))
        .apply((all) => all.map((one, index) => assertAddress(one, "email", `contactEmails[${index}]`)).join(";")),
      notificationsByRole: { state: "On", roles: ["Owner"] },
      notificationsSources: [{ sourceType: "Alert", minimalSeverity: "Medium" }],
    };
    this.contact = make(security.SecurityContact, name, contact, transforms.contact);
    this.registerOutputs({});
  }
}
