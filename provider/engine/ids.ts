import { PalisadeError } from "../../contract/errors.js";
import { findPathPartProblem } from "../../contract/pathPart.js";

/** Names in braces of an id template: `"{projectId}/{branchId}"` -> `"projectId" | "branchId"`. */
type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
export type Id<T extends string> = Record<Names<T>, string>;

export const listIdNames = (template: string): string[] => [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);

export const formatId = (template: string, id: Record<string, string>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const part = id[name];
    if (part === undefined || part === "") throw new PalisadeError("PAL_INTERNAL", `the id ${template} lacks ${name}`);
    return part;
  });

/** @throws PAL_BAD_ID when the text has another number of parts than the template, or one that no address can have */
export function parseId(template: string, text: string): Record<string, string> {
  const names = listIdNames(template);
  const parts = text.split("/");
  if (parts.length !== names.length || parts.some((part) => findPathPartProblem(part) !== undefined))
    throw new PalisadeError("PAL_BAD_ID", `${JSON.stringify(text)} is not of the form ${template}`);
  return Object.fromEntries(names.map((name, i) => [name, parts[i] as string]));
}
