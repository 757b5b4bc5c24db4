import { stripTrailingSlashes } from "../../contract/urls.js";
import { REDACTED, isSecret } from "../../provider/introspection.js";
import type { ChangeFinding } from "./finding.js";
import { type Change, getUrnName, getStackUrn } from "./change.js";
import type { UnjudgedPart } from "./effects.js";

type ConfigurationRule = Pick<ChangeFinding, "severity" | "direction" | "says" | "remedy">;

/** What a change of the provider's configuration does. */
const RULES: Readonly<Record<string, ConfigurationRule>> = {
  "palisade:apiUrl": {
    severity: "high",
    direction: "opens",
    says: "The API key goes to another host from then on.",
    remedy: "Approve it only if you know the host: whoever runs it gets the key.",
  },
  "palisade:orgId": {
    severity: "high",
    direction: "opens",
    says: "The stack's projects are made and looked for in another organisation from then on.",
    remedy: "Approve it only if you know the organisation; objects of the one before are refused.",
  },
  "palisade:stackId": {
    severity: "medium",
    direction: "unknown",
    says: "The stack's ownership tag changes: objects with the previous tag are no longer recognised as this stack's, and what an interrupted update left is not found.",
    remedy: "Keep the id that palisade doctor --fix wrote; two stacks never share one.",
  },
  "palisade:accounts": {
    severity: "medium",
    direction: "unknown",
    says: "The setting that names further accounts, their keys and the hosts that these go to is added or removed.",
    remedy: "Approve it only if you know the accounts: a key goes to whatever host stands beside it.",
  },
};

/** Changes of the provider's configuration: what the state was written with against what the preview ran with. */
export function judgeConfiguration({ recordedConfig, preview, resources }: Change): ChangeFinding[] {
  const urn = getStackUrn(resources);
  if (recordedConfig === undefined) return judgeFirstHost(preview.config["palisade:apiUrl"], urn);
  return Object.entries(RULES).flatMap(([name, rule]): ChangeFinding[] => {
    const [before, after] = [recordedConfig[name], preview.config[name]];
    if (normalizeSetting(name, before) === normalizeSetting(name, after) || (isSecret(before) && isSecret(after))) return [];
    return [
      {
        urn,
        resource: { kind: "stack", id: urn, name: getUrnName(urn) },
        rule: "api-changed",
        ...rule,
        property: name,
        before: formatSetting(before),
        after: formatSetting(after),
      },
    ];
  });
}

/** Nothing is recorded of a configuration: a host that is neither Neon's nor this machine is one that a key goes to for the first time. */
function judgeFirstHost(apiUrl: string | undefined, urn: string): ChangeFinding[] {
  if (apiUrl === undefined || !URL.canParse(apiUrl)) return [];
  const { hostname } = new URL(apiUrl);
  const isKnown =
    hostname === "console.neon.tech" || hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
  if (isKnown) return [];
  return [
    {
      urn,
      resource: { kind: "stack", id: urn, name: getUrnName(urn) },
      rule: "api-changed",
      severity: "medium",
      direction: "unknown",
      property: "palisade:apiUrl",
      before: "nothing is recorded",
      after: hostname,
      says: "The API key goes to a host that is not Neon's.",
      remedy: "Approve it only if you know the host: whoever runs it gets the key.",
    },
  ];
}

/** Providers of ours that the program makes itself: each has a configuration of its own, and with it a host that a key goes to. */
export const judgeProviders = ({ resources }: Change): ChangeFinding[] =>
  resources.flatMap(({ urn, type, name, op, before, after }): ChangeFinding[] => {
    if (type !== "pulumi:providers:pulumi-nodejs" || urn.includes("::default") || after === undefined || op === "same") return [];
    const set = Object.keys(after.inputs).filter((key) => key.startsWith("palisade:") && before?.inputs[key] !== after.inputs[key]);
    if (set.length === 0) return [];
    return [
      {
        urn,
        resource: { kind: "provider", id: urn, name },
        rule: "api-changed",
        severity: "high",
        direction: "opens",
        property: set[0] as string,
        before: before ? "configured otherwise" : "does not exist",
        after: `sets ${set.join(", ")}`,
        says: "The program gives its own provider a host, a key or an organisation: what runs under it goes there.",
        remedy: "Approve it only if you know the host and the account; otherwise use the stack's own configuration, or palisade:accounts.",
      },
    ];
  });

/** What the provider makes of a setting: two spellings of one address are no change. */
function normalizeSetting(name: string, value: string | undefined): string | undefined {
  if (name !== "palisade:apiUrl" || value === undefined || !URL.canParse(value)) return value;
  return stripTrailingSlashes(new URL(value));
}

const formatSetting = (value: string | undefined): string => (value === undefined ? "not set" : isSecret(value) ? REDACTED : value);

/** A secret address cannot be compared. */
export const findSecretApiUrl = ({ preview, resources }: Change): UnjudgedPart[] =>
  isSecret(preview.config["palisade:apiUrl"])
    ? [{ urn: getStackUrn(resources), why: "palisade:apiUrl is secret: it is not known here where the API key goes" }]
    : [];
