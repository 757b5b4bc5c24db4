import { type Declaration, sortByNeeds, type Output, type Program, REGION, isTagged, type Value } from "./program.js";

/** What the text of a program needs to know beside it. */
export interface TextContext {
  /** The text of an output that somebody has learned already. */
  findLiteral(output: Output): string | undefined;
  getVpceId(index: number): string;
  /** Where the case lies. */
  readonly region: string;
}

/** The body of a CommonJS program that has `neon`, and `N` for names. */
export function renderProgram(program: Program, known: TextContext): string {
  const order = sortByNeeds(program, (output) => known.findLiteral(output) !== undefined) ?? program;
  return order.map((one) => renderDeclaration(one, known)).join("");
}

function renderDeclaration({ kind, name, args, options }: Declaration, known: TextContext): string {
  const { alias, dependsOn, ...rest } = options;
  const parts = [
    ...Object.entries(rest).map(([option, value]) => `${option}: ${JSON.stringify(value)}`),
    ...(dependsOn ? [`dependsOn: [${dependsOn.join(", ")}]`] : []),
    ...(alias === undefined ? [] : [`aliases: [{ name: ${JSON.stringify(alias)} }]`]),
  ];
  const more = parts.length > 0 ? `, { ${parts.join(", ")} }` : "";
  return `const ${name} = new neon.${kind}(${JSON.stringify(name)}, ${renderValue(args, known)}${more});\n`;
}

function renderValue(value: Value, known: TextContext): string {
  if (value === REGION) return JSON.stringify(known.region);
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map((one) => renderValue(one, known)).join(", ")}]`;
  if (isTagged(value, "$output")) return renderOutput(value.$output);
  if (isTagged(value, "$literal")) {
    const text = known.findLiteral(value.$literal);
    return text === undefined ? renderOutput(value.$literal) : JSON.stringify(text);
  }
  if (isTagged(value, "$apply")) return `${renderOutput(value.$apply.through)}.apply(() => (${renderValue(value.$apply.gives, known)}))`;
  if (isTagged(value, "$vpce")) return JSON.stringify(known.getVpceId(value.$vpce));
  return `{ ${Object.entries(value as Record<string, Value>)
    .map(([field, inner]) => `${field}: ${renderValue(inner, known)}`)
    .join(", ")} }`;
}

const renderOutput = ({ of, output }: Output): string => `${of}.${output}`;

/** For people: ids by the words of what they are the ids of. */
export const renderReadable = (program: Program): string =>
  renderProgram(program, {
    findLiteral: ({ of, output }) => `<${output} of ${of}>`,
    getVpceId: (index) => `vpce-0000000${index}`,
    region: REGION,
  });
