import { randomInt } from "node:crypto";
import { z } from "zod";
import type { NeonApi } from "../client/api.js";
import type { Bag } from "../engine/define.js";
import { gained } from "./reviewRules.js";

export const revealPassword = z
  .boolean()
  .default(false)
  .meta({
    description: "Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept.",
    review: {
      ...{ rule: "password-kept-in-state", severity: "medium", direction: "opens", when: gained },
      message: "The password is then kept in the stack's state, encrypted: who may decrypt the state can log in.",
      remedy: "Leave revealPassword out, and read the password where it is needed.",
    },
  });

export const password = z.string().optional().meta({
  description: "The password, only with `revealPassword: true`.",
  secret: true,
  onlyAtCreate: true,
});

/**
 * The output as it must be now. Not asked for: explicitly none, so that the state forgets it. Asked for, and the project does not store
 * passwords: what the state was told once stays.
 */
export async function passwordOutput(
  api: NeonApi,
  { projectId, branchId, name }: { projectId: string; branchId: string; name: string },
  recorded: Bag,
): Promise<{ password?: string | undefined }> {
  if (recorded["revealPassword"] !== true) return { password: undefined };
  const live = await api.rolePassword(projectId, branchId, name);
  return live === undefined ? {} : { password: live };
}

const SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 20;

/** 119 bits from the system's CSPRNG, in Neon's form. */
export const generatePassword = (): string =>
  `npg_${Array.from({ length: LENGTH }, () => SYMBOLS.charAt(randomInt(SYMBOLS.length))).join("")}`;

/** What a call that made a password told, if the program wants to know. */
export const told = ({ revealPassword: wanted }: { revealPassword: boolean }, { role }: { role: { password?: string | undefined } }) =>
  wanted && role.password !== undefined ? { password: role.password } : {};
