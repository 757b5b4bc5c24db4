import { type Argument, Command, type Option } from "commander";
import type { Verb } from "../verb.js";

/** What may follow an option, or stand as an argument. */
export interface Values {
  /** As the help calls it. */
  readonly name: string;
  /** All that there is; empty where anything may stand. */
  readonly choices: readonly string[];
  readonly path: "file" | "directory" | undefined;
}

export interface OptionModel {
  /** `--plan`, and a short form where there is one. */
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined for a switch. */
  readonly value: (Values & { readonly isOptional: boolean }) | undefined;
}

export interface VerbModel {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionModel[];
  readonly arguments: readonly (Values & { readonly isVariadic: boolean })[];
}

/** What is needed of the list of verbs. */
export type Loadable = Readonly<Record<string, { readonly description: string; readonly load: () => Promise<Verb> }>>;

/** What the verbs themselves declare to Commander, in the order of the help. Loads every verb. */
export const listVerbModels = (verbs: Loadable): Promise<VerbModel[]> =>
  Promise.all(
    Object.entries(verbs).map(async ([name, { description, load }]) => {
      const program = new Command();
      (await load())(program, () => undefined, []);
      const [verb] = program.commands;
      if (verb === undefined) throw new Error(`${name} adds no command`);
      const help = verb.createHelp().visibleOptions(verb);
      return { name, description, options: help.map(buildOptionModel), arguments: verb.registeredArguments.map(buildArgumentModel) };
    }),
  );

function buildOptionModel(option: Option): OptionModel {
  const { short, long, flags, description, argChoices = [], required, optional } = option;
  const names = [short, long].filter((name) => name !== undefined);
  if (!required && !optional) return { names, description, value: undefined };
  const name = flags.slice(flags.search(/[<[]/) + 1, -1);
  return { names, description, value: { name, choices: argChoices, path: findPathKind(name), isOptional: optional } };
}

function buildArgumentModel(argument: Argument) {
  const { argChoices = [], description, variadic: isVariadic } = argument;
  const name = argument.name();
  return { name, choices: argChoices, path: findPathKind(name) ?? findPathKind(/\bfile\b/.exec(description)?.[0] ?? ""), isVariadic };
}

const findPathKind = (name: string): "file" | "directory" | undefined => (name === "file" || name === "directory" ? name : undefined);
