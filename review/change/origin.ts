import { isBag } from "../../provider/resources/settled.js";
import type { ChangeFinding } from "./finding.js";
import type { Change } from "./model.js";
import { refOf } from "./resources.js";

/** Where the API is, and as whom: the key goes there with the first call. */
export function originFindings({ resources, preview }: Change): ChangeFinding[] {
  const configured = hostOf(preview.config["palisade:apiUrl"]);
  const findings: ChangeFinding[] = [];
  const moved = new Set<string>();
  for (const resource of resources) {
    const { kind, before, after, urn } = resource;
    if (!kind || !before) continue;
    const at = { urn, resource: refOf(resource) };
    const [from, to] = [before.inputs["account"], after?.inputs["account"]];
    if (after && from !== to)
      findings.push({
        ...{ ...at, rule: "account-changed", severity: "medium", direction: "unknown", property: "account" },
        ...{ before: accountText(from), after: accountText(to) },
        says: "The resource is looked for in another account.",
        remedy: "Approve it if both names stand for the same account; an update of an object elsewhere is refused.",
      });
    const origin = before.outputs["origin"];
    const recorded = isBag(origin) ? origin["host"] : undefined;
    // The accounts of the configuration are secret: only the main one's host can be compared.
    if (from !== undefined || typeof recorded !== "string" || configured === undefined || recorded === configured || moved.has(recorded))
      continue;
    moved.add(recorded);
    findings.push({
      ...{ ...at, rule: "api-host-changed", before: recorded, after: configured },
      ...(configured === UNREADABLE ? { severity: "medium", direction: "unknown" } : { severity: "high", direction: "opens" }),
      says: "The API key would be sent to another host than the one that made these resources.",
      remedy: "Put palisade:apiUrl back, unless you run that host.",
    });
  }
  return findings;
}

const accountText = (name: unknown): string => (typeof name === "string" ? name : "the main account");

const UNREADABLE = "a secret or unreadable address";

/** undefined where it is not configured. */
function hostOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  return URL.canParse(url) ? new URL(url).host : UNREADABLE;
}
