import { InvalidArgumentError, Option } from "commander";
import { parseAllowedSink } from "../contract/auditSinks.js";
import { canonicalizeKeyReference } from "../contract/customerKeys.js";
import { isPalisadeError } from "../contract/errors.js";
import type { PlaneOptions } from "../contract/plane.js";

/** `--output text|json`, for every verb. */
export const createOutputOption = () => new Option("--output <form>", "how to print").choices(["text", "json"]).default("text");

/** A whole number between two bounds. */
export const createWholeNumberParser = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  return value;
};

/** As `OrgId` of contract/ids.ts has it, without the schemas: they would be loaded before the plane is ready. */
const ORG_ID = /^org-[a-z0-9-]{1,56}$/;

type AllowedKeys = NonNullable<PlaneOptions["allowedKeys"]>;

/** `ORG=KEY`, once for each key. */
export function parseAllowedKeys(text: string, before: AllowedKeys = []): AllowedKeys {
  const at = text.indexOf("=");
  const [organization, key] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !ORG_ID.test(organization)) throw new InvalidArgumentError("It must be ORG=KEY: the id of an organisation, and a key.");
  try {
    return [...before, { organization, key: canonicalizeKeyReference(key) }];
  } catch (error) {
    if (!isPalisadeError(error)) throw error;
    throw new InvalidArgumentError(
      `${error.detail}. The key is arn:aws:kms:REGION:ACCOUNT:key/ID or https://NAME.vault.azure.net/keys/NAME.`,
    );
  }
}

type AllowedSinks = NonNullable<PlaneOptions["allowedSinks"]>;

/** `ORG=SINK`, once for each sink. */
export function parseAllowedSinks(text: string, before: AllowedSinks = []): AllowedSinks {
  try {
    return [...before, parseAllowedSink(text)];
  } catch (error) {
    if (!isPalisadeError(error)) throw error;
    throw new InvalidArgumentError(`${error.detail}.`);
  }
}
