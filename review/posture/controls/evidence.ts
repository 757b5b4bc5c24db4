import type { Outcome, PostureControl } from "../control.js";
import type { DriftFinding } from "../../drift/driftItem.js";
import type { PostureFacts } from "../facts.js";
import { toProjectRef } from "../../scan/inventory.js";
import { fromProjectRule, judgeRead, toOutcome } from "./outcomes.js";

/** Between the clocks of a row and of a project that one call has made. */
const CLOCK_DOUBT_MS = 60_000;

/** What shows afterwards what happened, and that what was declared is what is live. */
export const evidenceControls: readonly PostureControl[] = [
  {
    ...fromProjectRule("audit-level-base", []),
    soc2: ["CC7.2"],
    iso27001: ["A.8.15"],
    privacy: "logging",
    requires: "The audit log of the data holds more than the least there is.",
    why: "What was not logged cannot be looked into after an incident.",
    promises: [16, 17],
    policies: ["audit-level"],
    asks: ["projects"],
  },
  {
    id: "drifted",
    needsStack: true,
    says: "What is live is not what the stack declares.",
    severity: "medium",
    soc2: ["CC7.1", "CC8.1"],
    iso27001: ["A.8.9", "A.8.32"],
    privacy: "change",
    requires: "What the stack declares is what is live.",
    why: "What was changed beside the program was approved by nobody.",
    remedy: "Run palisade drift: it says who changed what, and in which direction.",
    promises: [14, 24],
    policies: ["no-ignored-changes"],
    asks: ["resources", "projects", "branches", "computes", "vpcEndpoints", "people", "jwks"],
    check: (facts) => judgeDrift(facts, (of) => of !== "added"),
  },
  {
    id: "undeclared",
    needsStack: true,
    says: "Something is live that the stack does not declare.",
    severity: "medium",
    soc2: ["CC7.1", "CC8.1"],
    iso27001: ["A.8.9", "A.8.32"],
    privacy: "change",
    requires: "Nothing is live that the stack should declare and does not.",
    why: "What nobody declares nobody reviews.",
    remedy: "Declare it, remove it, or accept it for a while with an exception.",
    promises: [14, 24],
    policies: [],
    asks: ["resources", "projects", "branches", "computes", "vpcEndpoints", "people", "jwks", "keys"],
    check: (facts) => judgeDrift(facts, (of) => of === "added"),
  },
  {
    id: "customer-key-unusable",
    says: "A project's own key may not be used.",
    severity: "high",
    soc2: ["C1.1", "CC6.1"],
    iso27001: ["A.8.24"],
    privacy: "encryption",
    extension: true,
    requires: "A project's own key may be used.",
    why: "While it may not, nothing that is sealed under it opens, and no compute starts.",
    remedy: "Ask the key's owner; palisade doctor says what the key's service answers.",
    promises: [10],
    policies: ["customer-key-revocable"],
    asks: ["customerKeys"],
    check: judgeCustomerKeys,
  },
  {
    id: "change-without-audit",
    says: "A project was made off the record.",
    severity: "high",
    soc2: ["CC7.2"],
    iso27001: ["A.8.15"],
    privacy: "logging",
    extension: true,
    requires: "The plane's audit has a row as young as the youngest project.",
    why: "A project that was made after the last row was made off the record.",
    remedy: "Find out who changed the data directory: calls of the API always leave a row.",
    promises: [17],
    policies: [],
    asks: ["audit", "projects"],
    check: judgeAudit,
  },
];

function* judgeDrift({ drift, inventory }: PostureFacts, isMeant: (of: string) => boolean): Iterable<Outcome> {
  if (drift === undefined) {
    yield { resource: inventory.organization, state: "notKnown", reason: "no stack was named: run it with --stack" };
    return;
  }
  const resource = { kind: "stack", id: drift.stack, name: drift.stack };
  const found = drift.findings.filter((finding) => finding.expected === undefined && isMeant(finding.class));
  for (const finding of found) {
    const { resource: of, severity, rule, says } = finding;
    yield { resource: of, state: "fails", what: formatChange(finding), of: { rule, says, severity } };
  }
  for (const { resource: of, what, reason } of drift.unjudged) yield { resource: of, state: "notKnown", reason: `${what}: ${reason}` };
  if (found.length === 0 && drift.unjudged.length === 0) yield { resource, state: "holds" };
}

function formatChange({ property, before = "", after = "", changedAt, changedBy }: DriftFinding): string {
  const who = [changedAt === undefined ? "" : `, changed ${changedAt}`, changedBy === undefined ? "" : ` by ${changedBy}`].join("");
  return `${property === undefined ? "" : `${property}: `}${before} -> ${after}${who}`;
}

function* judgeCustomerKeys({ projects }: PostureFacts): Iterable<Outcome> {
  for (const { project, customerKey } of projects) {
    const resource = toProjectRef(project);
    yield* judgeRead(resource, customerKey, (key) => {
      if (key === null) return [];
      if (key.state === "unavailable") return [{ resource, state: "notKnown" as const, reason: "the key's service does not answer" }];
      return [toOutcome(resource, key.state === "revoked" ? (key.reason ?? "its owner refuses its use") : undefined)];
    });
  }
}

function* judgeAudit({ lastAudited, projects, inventory: { organization } }: PostureFacts): Iterable<Outcome> {
  yield* judgeRead(organization, lastAudited, (last) => {
    // A plane that began with a seed has projects and no rows.
    if (last === null) return [];
    const later = projects.filter(({ project }) => Date.parse(project.created_at) > Date.parse(last) + CLOCK_DOUBT_MS);
    return later.length === 0
      ? [toOutcome(organization, undefined)]
      : later.map(({ project }) => toOutcome(toProjectRef(project), `made ${project.created_at}, last row ${last}`));
  });
}
