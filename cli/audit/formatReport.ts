import { escapeForTerminal } from "../../review/terminalText.js";
import type { ChainReport } from "./chainVerifier.js";

/** Findings that are printed one by one; one damage may have many. */
const MOST_FINDINGS = 20;

/** What was verified, in words. */
export function formatReport({ org_id, first, last, checkpoint, findings, proved, proved_until, unproved, redacted }: ChainReport): string {
  const stream = org_id === null ? "the plane itself" : escapeForTerminal(org_id);
  const range = first === null || last === null ? "no rows" : `rows ${first} to ${last.seq}`;
  const pruned = checkpoint === null ? "" : `; rows up to ${checkpoint.seq} were pruned, as ${checkpoint.fingerprint} has signed`;
  const links =
    redacted === 0
      ? []
      : [
          `${redacted === 1 ? "1 row whose content was redacted is" : `${redacted} rows whose content was redacted are`} proved by the chain's links alone.`,
        ];
  const shown = findings.slice(0, MOST_FINDINGS).map(({ message }) => `  ${escapeForTerminal(message)}`);
  const more = findings.length > MOST_FINDINGS ? [`  and ${findings.length - MOST_FINDINGS} more`] : [];
  const until = proved_until === null ? "" : ` up to row ${proved_until}, of which the head was kept`;
  const verdict =
    findings.length > 0
      ? [`The chain does not hold (${findings.length === 1 ? "1 finding" : `${findings.length} findings`}):`, ...shown, ...more]
      : proved
        ? [`Proved${until}: no row is missing, none was changed.`, ...links]
        : ["No damage was found, but it is not proved complete:", ...unproved.map((each) => `  ${escapeForTerminal(each)}`), ...links];
  return `${[`${stream}: ${range}${pruned}`, ...verdict].join("\n")}\n`;
}
