import type { Outcome, PostureControl } from "../control.js";
import type { PostureFacts } from "../facts.js";

const ID = "vulnerability-open";
const SAYS = "A scanner of a cloud found a weakness in what a baseline declares.";

/** What the scanners of clouds say of the objects that stand beside the data. */
export const vulnerabilityControls: readonly PostureControl[] = [
  {
    id: ID,
    needsFindings: true,
    says: SAYS,
    severity: "high",
    soc2: ["CC7.1"],
    iso27001: ["A.8.8"],
    requires: "No finding of Inspector, Security Hub or Defender is open about what bears the tags of a baseline.",
    why: "A weakness that is known is the first that is tried.",
    remedy: "Update or replace it as the finding says, export the findings again, and compare.",
    promises: [20],
    policies: ["cloud-threats-found", "cloud-tags"],
    asks: ["exportedFindings"],
    check: judgeExported,
  },
];

/** A resource is named by the cloud's id, and the object of the finding is the finding: two weaknesses of one resource have two deadlines. */
function* judgeExported({ exported, inventory }: PostureFacts): Iterable<Outcome> {
  if (exported === undefined) {
    yield { resource: inventory.organization, state: "notKnown", reason: "no file of findings was named: run it with --findings" };
    return;
  }
  for (const { id, resourceId, title, source, severity, severityWord, isOpen, firstSeenMs } of exported.own) {
    const resource = { kind: "cloudResource", id, name: resourceId };
    if (!isOpen) yield { resource, state: "holds" };
    else if (severity === undefined)
      yield { resource, state: "notKnown", reason: `${title}: ${source} gives it no severity (${severityWord})` };
    else {
      const of = { rule: ID, says: SAYS, severity };
      yield { resource, state: "fails", what: `${title} (${source}, ${severityWord})`, of, sinceMs: firstSeenMs };
    }
  }
}
