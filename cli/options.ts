import { InvalidArgumentError, Option } from "commander";

/** `--output text|json`, for every verb. */
export const outputOption = () => new Option("--output <form>", "how to print").choices(["text", "json"]).default("text");

/** A whole number between two bounds. */
export const whole = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  return value;
};
