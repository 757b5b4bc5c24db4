import { StepFailure, type StepName } from "./steps.js";

interface RefusalRule {
  /** Its name in the proxy's log. */
  rule: string;
  says: RegExp;
  step: StepName;
  remedy: string;
}

/**
 * Neon's proxy refuses with one code for everything (XX000), so its sentences are all there is to tell refusals apart:
 * proxy/src/auth and proxy/src/control_plane of neondatabase/neon.
 */
const RULES: readonly RefusalRule[] = [
  {
    rule: "insecure-connection",
    says: /^connection is insecure/,
    step: "tls offered",
    remedy: "Connect with TLS: sslmode=verify-full",
  },
  {
    rule: "missing-endpoint-name",
    says: /^Endpoint ID is not specified/,
    step: "endpoint",
    remedy: "Use the compute's own host name (ep-…), or add options=endpoint%3Dep-…",
  },
  {
    rule: "inconsistent-endpoint-names",
    says: /^Inconsistent project name inferred from SNI/,
    step: "endpoint",
    remedy: "Name the compute once: in the host name, or in options=endpoint%3D…",
  },
  {
    rule: "malformed-endpoint-name",
    says: /must contain only alphanumeric characters and hyphen/,
    step: "endpoint",
    remedy: "Correct the compute's id: ep-…, letters, digits and hyphens",
  },
  {
    rule: "endpoint-not-found",
    says: /endpoint cannot be found|requested endpoint could not be found/,
    step: "endpoint",
    remedy: "Correct the compute's id in the host name or in options=endpoint%3D…: `palisade connection-string` gives it",
  },
  {
    rule: "ip-address-not-allowed",
    says: /^This IP address \S+ is not allowed/,
    step: "admission",
    remedy: "Add the address to `network.ranges` of the Project (or to its IpAllowlist), or connect from a listed one",
  },
  {
    rule: "network-not-allowed",
    says: /from a blocked network/,
    step: "admission",
    remedy:
      'The project blocks this network: connect through the admitted one, or change `network` (allow is "nobody", or privateEndpoints "blocked")',
  },
  {
    rule: "missing-vpc-endpoint-id",
    says: /^VPC endpoint ID is not specified/,
    step: "admission",
    remedy: "Connect through the VPC endpoint that the organisation has assigned",
  },
  {
    rule: "vpc-endpoint-id-not-allowed",
    says: /^This VPC endpoint id \S+ is not allowed/,
    step: "admission",
    remedy: "Assign the VPC endpoint to the organisation, and restrict the project to it where it restricts at all",
  },
  {
    rule: "endpoint-disabled",
    says: /endpoint is disabled/,
    step: "admission",
    remedy: "Enable the compute: `disabled: false`",
  },
  {
    rule: "too-many-connections",
    says: /^Too many connections to this endpoint/,
    step: "admission",
    remedy: "Wait a minute; look for a client that connects again and again, or with a wrong password",
  },
  {
    rule: "password-failed",
    says: /^password authentication failed/,
    step: "authentication",
    remedy: "Correct role and password: `palisade connection-string --reveal-password` gives the one the API knows",
  },
  {
    rule: "compute-unavailable",
    says: /endpoint is temporarily unavailable/,
    step: "query",
    remedy: "The compute does not start: look at the project's operations and quotas, then try again",
  },
];

/** @param otherwise the step that a refusal in unknown words belongs to */
export function toRefusalFailure(text: string, otherwise: StepName): StepFailure {
  const known = RULES.find(({ says }) => says.test(text));
  return known
    ? new StepFailure(known.step, text, known.remedy, known.rule)
    : new StepFailure(otherwise, text, "The server's message tells why");
}
