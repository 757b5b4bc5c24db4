import type { AuditRow } from "../../contract/wire/audit.js";
import type { AuditEvent } from "../../contract/wire/auditEvent.js";
import { escapeForTerminal, padToWidth } from "../../review/terminalText.js";
import { createColours } from "../terminal.js";

/** `user/` and a UUID. */
const ACTOR_COLUMNS = 41;
const WORD_COLUMNS = 16;

type Colours = ReturnType<typeof createColours>;

/** One line for a row: when, which, what kind, who, what. Everything in it may be of somebody else's making. */
export function formatRow(row: AuditRow, colours: Colours = createColours(process.stdout)): string {
  const event = row as unknown as Partial<AuditEvent> & { seq: number };
  const { word, actor = "-", text, paint } = describe(event, colours);
  const columns = [
    event.at ?? "-",
    String(event.seq).padStart(7),
    padToWidth(word, WORD_COLUMNS),
    padToWidth(escapeForTerminal(actor), ACTOR_COLUMNS),
  ];
  return `${paint([...columns.map(escapeForTerminal), escapeForTerminal(text)].join("  ").trimEnd())}\n`;
}

interface Description {
  word: string;
  actor?: string | undefined;
  text: string;
  paint: (text: string) => string;
}

const paintPlain = (text: string) => text;

function describe(event: Partial<AuditEvent>, colours: Colours): Description {
  switch (event.type) {
    case "change": {
      const { owner, key_id, call, object, address } = event;
      const actor = `${owner?.type ?? "-"}/${owner?.id ?? "-"}`;
      const text = `${call ?? "-"}  ${object?.kind ?? "-"} ${object?.id ?? "-"}${formatChangedFields(event)}  from ${address ?? "-"} with key ${key_id ?? "-"}`;
      return { word: event.type, actor, text, paint: paintPlain };
    }
    case "connection": {
      const { decision, action, reason, role, database, endpoint_id, address, via } = event;
      const what = `${action ?? "-"} ${endpoint_id ?? "-"}${database === undefined ? "" : `/${database}`}`;
      const text = `${what}  from ${address ?? "-"}${via === "public" ? "" : ` by ${via ?? "-"}`}${reason === undefined ? "" : `  ${reason}`}`;
      return { word: decision ?? "-", actor: role, text, paint: decision === "refused" ? colours.red : colours.green };
    }
    case "connection-end": {
      const { session, duration_ms, bytes_from_client, bytes_to_client } = event;
      const text = `session ${session ?? "-"}  ${duration_ms ?? "-"} ms, ${bytes_from_client ?? "-"} bytes in, ${bytes_to_client ?? "-"} out`;
      return { word: "end", text, paint: colours.dim };
    }
    case "refusals-counted":
      return { word: "refused", text: `${event.refusals ?? "-"} more since ${event.since ?? "-"}`, paint: colours.red };
    case "statement": {
      const { role, statement, branch_id, length } = event;
      return {
        word: event.type,
        actor: role,
        text: `${branch_id ?? "-"}  ${statement ?? `${length ?? "-"} bytes that cannot be parsed`}`,
        paint: paintPlain,
      };
    }
    case "anomaly": {
      const { severity, role, rule, summary } = event;
      return {
        word: `anomaly ${severity ?? "-"}`,
        actor: role,
        text: `${rule ?? "-"}: ${summary ?? "-"}`,
        paint: severity === "low" ? colours.yellow : colours.red,
      };
    }
    case undefined:
    default:
      return { word: "unknown", text: "this program does not know its type", paint: colours.yellow };
  }
}

/** Names of the fields that differ; of what was created or deleted, which of the two. */
function formatChangedFields({
  before,
  after,
}: {
  before?: Readonly<Record<string, unknown>>;
  after?: Readonly<Record<string, unknown>>;
}): string {
  if (before === undefined) return " created";
  if (after === undefined) return " deleted";
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return changed.length === 0 ? "" : ` (${changed.join(", ")})`;
}
