import type { Command } from "commander";

/**
 * Ends with a usage error where an option or an argument is the empty text: a variable of a script that is not set, and the verb would go on with
 * its default, such as another stack. What a verb passes on to another program is left alone.
 */
export function refuseEmptyValues(command: Command): void {
  const isGiven = (name: string) => command.getOptionValueSource(name) !== "default";
  for (const option of command.options)
    if (isGiven(option.attributeName()) && hasEmpty(command.getOptionValue(option.attributeName())))
      command.error(`error: option '${option.flags}' is empty; leave it out, or give it a value`);
  command.registeredArguments.forEach((argument, index) => {
    if (!argument.variadic && command.args[index] === "")
      command.error(`error: argument '${argument.name()}' is empty; leave it out, or give it a value`);
  });
}

const hasEmpty = (value: unknown): boolean => (Array.isArray(value) ? value.includes("") : value === "");
