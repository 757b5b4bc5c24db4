import { PalisadeError } from "../../contract/errors.js";

const MOST_BYTES = 65_536;

/** All of standard input, as text. @throws PAL_USAGE when there is none, or too much */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new PalisadeError("PAL_USAGE", `standard input is longer than ${MOST_BYTES} bytes`);
  }
  const text = Buffer.concat(chunks).toString("utf8").trim();
  if (text === "") throw new PalisadeError("PAL_USAGE", "standard input is empty; write the connection URI to it");
  return text;
}
