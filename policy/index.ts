import { PolicyPack } from "@pulumi/policy";
import type { PolicyPackConfig } from "@pulumi/policy/policy.js";
import { PalisadeError } from "../contract/errors.js";
import { controls } from "./controls/index.js";
import { policies } from "./policies.js";

export { controls };
export type { Control, Setting } from "./control.js";
export { policies };

/**
 * The policy pack: the whole program of a directory that `pulumi preview --policy-pack` is given.
 * @param name of the pack, as reports show it
 * @param config levels and settings by control, which `--policy-pack-config` overrides. Throws PAL_NO_CONTROL.
 */
export const policyPack = (name = "palisade-neon", config: PolicyPackConfig = {}): PolicyPack =>
  new PolicyPack(
    name,
    {
      policies: policies(),
      displayName: "Palisade: serverless Postgres on Neon",
      description: "Who can reach the data, what protects it, and who holds the keys, mapped to SOC 2 and ISO 27001:2022.",
      provider: "neon",
      tags: ["neon", "postgres", "soc2", "iso27001"],
    },
    addDefaultLevels(config),
  );

/** @pulumi/policy 1.21 sends settings without a level as advisory: who moves a limit would lose the level. */
export function addDefaultLevels(config: PolicyPackConfig): PolicyPackConfig {
  const levels = new Map(controls.map(({ id, level }) => [id, level]));
  return Object.fromEntries(
    Object.entries(config).map(([id, given]) => {
      const level = levels.get(id);
      if (level === undefined && id !== "all") throw new PalisadeError("PAL_NO_CONTROL", JSON.stringify(id));
      return [id, typeof given === "string" || level === undefined ? given : { enforcementLevel: level, ...given }];
    }),
  );
}
