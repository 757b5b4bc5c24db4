import { randomInt } from "node:crypto";
import { z } from "zod";
import type { NeonApi } from "../../client/api.js";
import type { Properties } from "../../engine/define.js";
import { isGained } from "./reviewRules.js";

export const revealPassword = z
  .boolean()
  .default(false)
  .meta({
    description: "Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept.",
    review: {
      rule: "password-kept-in-state",
      severity: "medium",
      direction: "opens",
      when: isGained,
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
 * passwords: what the state holds stays.
 */
export async function readPasswordOutput(
  api: NeonApi,
  { projectId, branchId, name }: { projectId: string; branchId: string; name: string },
  recorded: Properties,
): Promise<{ password?: string | undefined }> {
  if (recorded["revealPassword"] !== true) return { password: undefined };
  const live = await api.revealRolePassword(projectId, branchId, name);
  return live === undefined ? {} : { password: live };
}

const SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 20;

/** 119 bits from the system's CSPRNG, in Neon's form. */
export const generatePassword = (): string =>
  `npg_${Array.from({ length: LENGTH }, () => SYMBOLS.charAt(randomInt(SYMBOLS.length))).join("")}`;

/** The password of an answer, where the program reveals it. */
export const pickPassword = (
  { revealPassword: wanted }: { revealPassword: boolean },
  { role }: { role: { password?: string | undefined } },
) => (wanted && role.password !== undefined ? { password: role.password } : {});
