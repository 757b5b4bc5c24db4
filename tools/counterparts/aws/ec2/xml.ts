import type { HttpAnswer } from "../httpAnswer.js";

/** ministack answers one element a line, which is enough to read and to add to it. */
export const splitLines = (answer: HttpAnswer): string[] => answer.body.toString().split("\n");

/** The text of an element that is alone on its line; `undefined` when the line is of another one. */
export function findText(line: string, element: string): string | undefined {
  const [open, close] = [`<${element}>`, `</${element}>`];
  const trimmed = line.trim();
  return trimmed.startsWith(open) && trimmed.endsWith(close) ? trimmed.slice(open.length, -close.length) : undefined;
}

/** The text of the first such element of an answer. */
export const findFirstText = (answer: HttpAnswer, element: string): string | undefined =>
  splitLines(answer)
    .map((line) => findText(line, element))
    .find((text) => text !== undefined);

export const formatElement = (name: string, ...content: readonly (string | number | boolean)[]): string =>
  `<${name}>${content.map((one) => (typeof one === "string" ? one : String(one))).join("")}</${name}>`;

export const replaceBody = (answer: HttpAnswer, lines: readonly string[]): HttpAnswer => ({
  ...answer,
  body: Buffer.from(lines.join("\n")),
});

export const formatEc2Answer = (operation: string, ...content: readonly string[]): HttpAnswer => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: Buffer.from(`<${operation}Response>${content.join("")}<requestId>gate</requestId></${operation}Response>`),
});

export const formatEc2Error = (code: string, message: string): HttpAnswer => ({
  status: 400,
  headers: { "content-type": "text/xml" },
  body: Buffer.from(
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>gate</RequestID></Response>`,
  ),
});

/** Values of a list of the query protocol, as `SubnetId.1`. */
export const parseList = (form: URLSearchParams, name: string): string[] =>
  [...form].filter(([key]) => key.startsWith(`${name}.`) && !key.slice(name.length + 1).includes(".")).map(([, value]) => value);
