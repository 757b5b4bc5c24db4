import { buildStoredProvider } from "../../contract/stored.js";
import { isDynamic } from "../../contract/typeToken.js";
import { UNKNOWN } from "../../provider/introspection.js";
import { type Control, createUnknownError, getValue } from "../control.js";
import { CannotJudgeError } from "../subject.js";

/** What shows afterwards what happened, and that the program is what runs. */

const LEVELS = ["base", "extended", "full"] as const;

/** Fields whose drift says nothing about security; everything else that a program ignores is. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["name", "label", "quota", "maintenanceWindow", "computeDefaults", "compute", "settings"],
  ...["minCu", "maxCu", "suspendTimeoutSeconds", "liveCheck", "waitForAccepted"],
]);

export const evidenceControls: readonly Control[] = [
  {
    id: "audit-level",
    scope: "resource",
    kinds: ["Project"],
    level: "mandatory",
    severity: "medium",
    soc2: ["CC7.2"],
    iso27001: ["A.8.15"],
    privacy: "logging",
    promises: [17],
    requires: "The audit log of the data holds enough.",
    why: "What was not logged cannot be looked into after an incident.",
    remedy: 'Set auditLogLevel: "extended" or "full".',
    settings: {
      least: { type: "string", enum: [...LEVELS], default: "extended", description: "Lowest level: `base`, `extended` or `full`." },
    },
    *check(subject, { least }) {
      const level = getValue(subject, "auditLogLevel");
      const rank = (word: unknown) => LEVELS.findIndex((one) => one === word);
      if (level === undefined) yield "auditLogLevel is not declared.";
      else if (rank(level) < rank(least)) yield `auditLogLevel is lower than ${String(least)}.`;
    },
  },
  {
    id: "hipaa-enabled",
    scope: "resource",
    kinds: ["Project"],
    level: "disabled",
    severity: "high",
    soc2: ["C1.1"],
    iso27001: ["A.5.34"],
    promises: [21],
    requires: "HIPAA compliance is on, where the pack's configuration turns this control on.",
    why: "Protected health information may lie only where Neon's agreement covers it.",
    remedy: "Set hipaa: true. It cannot be turned off again.",
    *check(subject) {
      if (getValue(subject, "hipaa") !== true) yield "hipaa is not true.";
    },
  },
  {
    id: "no-ignored-changes",
    scope: "resource",
    kinds: "every type",
    level: "mandatory",
    severity: "high",
    soc2: ["CC7.1", "CC8.1"],
    iso27001: ["A.8.9", "A.8.32"],
    privacy: "change",
    promises: [14, 24],
    requires: "No security setting is named in `ignoreChanges`.",
    why: "What Pulumi ignores it never puts right: the program says one thing and the live project another.",
    remedy: "Remove it from ignoreChanges, and let the program say what shall be so.",
    *check({ kind, ignoreChanges }) {
      if (kind === undefined) return;
      const ignored = ignoreChanges.filter((path) => !HARMLESS.has(path.split(/[.[]/)[0] ?? ""));
      if (ignored.length > 0) yield `ignoreChanges names ${ignored.join(", ")}.`;
    },
  },
  {
    id: "stored-text",
    scope: "text",
    kinds: "every type",
    level: "remediate",
    severity: "critical",
    soc2: ["CC7.1", "CC8.1"],
    iso27001: ["A.8.9", "A.8.32"],
    privacy: "change",
    promises: [24],
    requires: "The code that Pulumi stores with each of our resources is the expected constant text.",
    why: "Pulumi runs stored code at every refresh and destroy, with the API key at hand, also after the program is fixed.",
    remedy: "Find out who changed it. `palisade doctor` tells what is stored; an update with an untouched program puts it right.",
    *check(subject) {
      const { kind, storedText } = subject;
      if (kind === undefined) {
        if (isDynamic(subject.type) && typeof storedText === "string" && storedText.includes("@palisade/neon"))
          yield "It runs this provider under an unknown type, which no other control checks.";
        return;
      }
      if (storedText === UNKNOWN) throw createUnknownError("the stored text");
      if (!("storedText" in subject))
        throw new CannotJudgeError("Pulumi shows the stored text only while this control has level remediate");
      if (storedText !== buildStoredProvider(kind)) yield "The stored text was changed.";
    },
  },
];
