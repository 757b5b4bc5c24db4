import { type Declaration, ordered, type Output, type Program, REGION, tagged, type Value } from "./program.js";

/** What the text of a program needs to know beside it. */
export interface Texts {
  /** The text of an output that somebody has learned already. */
  literal(output: Output): string | undefined;
  vpce(index: number): string;
  /** Where the case lies. */
  readonly region: string;
}

/** The body of a CommonJS program that has `neon`, and `N` for names. */
export function textOf(program: Program, known: Texts): string {
  const order = ordered(program, (output) => known.literal(output) !== undefined) ?? program;
  return order.map((one) => declarationText(one, known)).join("");
}

function declarationText({ kind, name, args, options }: Declaration, known: Texts): string {
  const { alias, dependsOn, ...rest } = options;
  const parts = [
    ...Object.entries(rest).map(([option, value]) => `${option}: ${JSON.stringify(value)}`),
    ...(dependsOn ? [`dependsOn: [${dependsOn.join(", ")}]`] : []),
    ...(alias === undefined ? [] : [`aliases: [{ name: ${JSON.stringify(alias)} }]`]),
  ];
  const more = parts.length > 0 ? `, { ${parts.join(", ")} }` : "";
  return `const ${name} = new neon.${kind}(${JSON.stringify(name)}, ${valueText(args, known)}${more});\n`;
}

function valueText(value: Value, known: Texts): string {
  if (value === REGION) return JSON.stringify(known.region);
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map((one) => valueText(one, known)).join(", ")}]`;
  if (tagged(value, "$output")) return outputText(value.$output);
  if (tagged(value, "$literal")) {
    const text = known.literal(value.$literal);
    return text === undefined ? outputText(value.$literal) : JSON.stringify(text);
  }
  if (tagged(value, "$apply")) return `${outputText(value.$apply.through)}.apply(() => (${valueText(value.$apply.gives, known)}))`;
  if (tagged(value, "$vpce")) return JSON.stringify(known.vpce(value.$vpce));
  return `{ ${Object.entries(value as Record<string, Value>)
    .map(([field, inner]) => `${field}: ${valueText(inner, known)}`)
    .join(", ")} }`;
}

const outputText = ({ of, output }: Output): string => `${of}.${output}`;

/** For people: ids by the words of what they are the ids of. */
export const readable = (program: Program): string =>
  textOf(program, { literal: ({ of, output }) => `<${output} of ${of}>`, vpce: (index) => `vpce-0000000${index}`, region: REGION });
