import type { Result } from "../pulumi/stack.js";

/** What the engine did with each resource in one call of the CLI. */
export interface Outcomes {
  /** `create`, `update`, `create-replacement`, … */
  listOperations(name: string): string[];
  /** The engine's complaint about it, if there is one. */
  findComplaint(name: string): string | undefined;
}

export function readOutcomes({ events }: Result): Outcomes {
  const named = (urn: string | undefined, name: string) => urn?.split("::").at(-1) === name;
  /** By its URN; what fails in the program itself has none and says the name. */
  const isAbout = ({ urn = "", message }: { urn?: string; message: string }, name: string) =>
    urn === "" || urn.includes("::pulumi:pulumi:Stack::") ? message.includes(JSON.stringify(name)) : named(urn, name);
  return {
    listOperations: (name) =>
      events.flatMap(({ resOutputsEvent }) => (named(resOutputsEvent?.metadata.urn, name) ? [String(resOutputsEvent?.metadata.op)] : [])),
    findComplaint: (name) => {
      const said = events.flatMap(({ diagnosticEvent }) =>
        diagnosticEvent?.severity === "error" && isAbout(diagnosticEvent, name) ? [diagnosticEvent.message] : [],
      );
      const failed = events.some(({ resOpFailedEvent }) => named(resOpFailedEvent?.metadata.urn, name));
      return said.length > 0 || failed
        ? said
            .join(" ")
            .replace(/<\{%.*?%\}>/g, "")
            .trim() || "failed"
        : undefined;
    },
  };
}
