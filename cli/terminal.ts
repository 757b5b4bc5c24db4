import { isatty } from "node:tty";
import pc from "picocolors";
import type { SeverityPainter } from "../review/terminalText.js";

/** Colours for a terminal alone, whatever else the environment says of them: a log of CI holds none. */
export const createColours = (stream: { fd: number }): ReturnType<typeof pc.createColors> =>
  pc.createColors(isatty(stream.fd) && process.env["NO_COLOR"] === undefined);

/** Colours a finding on standard output by its severity. */
export function createPainter(lowest: "dim" | "green" = "dim"): SeverityPainter {
  const { red, yellow, [lowest]: low } = createColours(process.stdout);
  const painters = { high: red, medium: yellow, low };
  return (severity, text) => painters[severity](text);
}

/** A line that counts up, on a terminal; it is gone when the result comes. */
export function createProgress(): (done: number, all: number) => void {
  if (!isatty(process.stderr.fd)) return () => undefined;
  return (done, all) => process.stderr.write(done < all ? `\r${done} of ${all} projects` : "\r\u001b[K");
}
