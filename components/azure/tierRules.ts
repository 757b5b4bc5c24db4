import type * as inputs from "@pulumi/azure-native/types/input";
import * as pulumi from "@pulumi/pulumi";
import type { Tier } from "../tierBlocks.js";

type SecurityRule = inputs.network.SecurityRuleArgs;

const POSTGRES_PORT = 5_432;
/** Below every rule of the program, and above Azure's own, which admit the whole virtual network (65000) and the way out (65001). */
const LAST_PRIORITY = 4_096;

/** What each tier admits and sends: what the one above asks for, and nothing else in either direction. */
export function buildTierRules(
  blockOf: (tier: Tier) => string,
  applicationPort: pulumi.Input<number>,
): Record<Tier, pulumi.Input<SecurityRule>[]> {
  const step = (above: Tier, below: Tier, port: pulumi.Input<number>) => {
    const between = {
      access: "Allow",
      protocol: "Tcp",
      priority: 100,
      sourcePortRange: "*",
      destinationPortRange: pulumi.interpolate`${port}`,
      sourceAddressPrefix: blockOf(above),
      destinationAddressPrefix: blockOf(below),
    };
    return {
      out: { ...between, name: `to-${below}`, direction: "Outbound" },
      into: { ...between, name: `from-${above}`, direction: "Inbound" },
    };
  };
  const application = step("public", "private", applicationPort);
  const postgres = step("private", "data", POSTGRES_PORT);
  return {
    public: [application.out, ...buildDenyRules()],
    private: [application.into, postgres.out, ...buildDenyRules()],
    data: [postgres.into, ...buildDenyRules()],
  };
}

const buildDenyRules = (): SecurityRule[] =>
  (["Inbound", "Outbound"] as const).map((direction) => ({
    name: `deny-${direction.toLowerCase()}`,
    direction,
    access: "Deny",
    protocol: "*",
    priority: LAST_PRIORITY,
    sourcePortRange: "*",
    destinationPortRange: "*",
    sourceAddressPrefix: "*",
    destinationAddressPrefix: "*",
  }));
