import { isatty } from "node:tty";
import pc from "picocolors";
import type { Paint } from "../review/shown.js";

/** Colours for a terminal alone, whatever else the environment says of them: a log of CI holds none. */
export const coloursOf = (stream: { fd: number }): ReturnType<typeof pc.createColors> =>
  pc.createColors(isatty(stream.fd) && process.env["NO_COLOR"] === undefined);

/** Colours a finding on standard output by its severity. */
export function paint(lowest: "dim" | "green" = "dim"): Paint {
  const { red, yellow, [lowest]: low } = coloursOf(process.stdout);
  const painters = { high: red, medium: yellow, low };
  return (severity, text) => painters[severity](text);
}

/** A line that counts up, on a terminal; it is gone when the result comes. */
export function progress(): (done: number, all: number) => void {
  if (!isatty(process.stderr.fd)) return () => undefined;
  return (done, all) => process.stderr.write(done < all ? `\r${done} of ${all} projects` : "\r\u001b[K");
}
