/** The sentences of Neon's proxy, letter by letter (proxy/src/auth and proxy/src/control_plane of neondatabase/neon), each under its name in logs. */
const TEXTS = {
  "insecure-connection": () => "connection is insecure (try using `sslmode=require`)",
  "missing-user": () => "Parameter 'user' is missing in startup packet.",
  "missing-endpoint-name": () =>
    "Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support or pass the endpoint ID (first part of the domain name) as a parameter: '?options=endpoint%3D<endpoint-id>'. See more at https://neon.tech/sni",
  "inconsistent-endpoint-names": (sni: string, option: string) =>
    `Inconsistent project name inferred from SNI ('${sni}') and project option ('${option}').`,
  "malformed-endpoint-name": (name: string) => `Project name ('${name}') must contain only alphanumeric characters and hyphen.`,
  "endpoint-not-found": () => "Control plane request failed: endpoint cannot be found",
  "ip-address-not-allowed": (address: string) =>
    `This IP address ${address} is not allowed to connect to this endpoint. Please add it to the allowed list in the Neon console. Make sure to check for IPv4 or IPv6 addresses.`,
  "network-not-allowed": () => "This connection is trying to access this endpoint from a blocked network.",
  "missing-vpc-endpoint-id": () => "VPC endpoint ID is not specified. This endpoint requires a VPC endpoint ID to connect.",
  "vpc-endpoint-id-not-allowed": (id: string) =>
    `This VPC endpoint id ${id} is not allowed to connect to this endpoint. Please add it to the allowed list in the Neon console.`,
  "endpoint-disabled": () => "Control plane request failed: endpoint is disabled",
  "too-many-connections": () => "Too many connections to this endpoint. Please try again later.",
  "password-failed": (role: string) => `password authentication failed for user '${role}'`,
  "channel-binding-failed": () => "insecure connection: secure channel data mismatch",
  "authentication-malformed": () => "authentication protocol violation",
  "compute-unavailable": () =>
    "Control plane request failed: endpoint is temporarily unavailable. Check your quotas and/or contact our support.",
  "wake-refused": (sentence: string) => sentence,
} as const;

type WordedReason = keyof typeof TEXTS;

/** Why a connection was refused. The last three have no sentence of the proxy: the client broke the protocol, was too slow, or Postgres said no itself. */
export type DenyReason = WordedReason | "protocol-violation" | "timed-out" | "compute-refused";

/** Each in a line for whoever runs the plane. */
export const REASON_TEXTS: Readonly<Record<DenyReason, string>> = {
  "insecure-connection": "came without TLS",
  "missing-user": "named no role",
  "missing-endpoint-name": "named no compute, by its host, in options or in the password",
  "inconsistent-endpoint-names": "named two computes",
  "malformed-endpoint-name": "named a compute in a form that no id has",
  "endpoint-not-found": "there is no such compute",
  "ip-address-not-allowed": "the address is not on the project's list",
  "network-not-allowed": "the project blocks this network",
  "missing-vpc-endpoint-id": "came through a private endpoint that is not named",
  "vpc-endpoint-id-not-allowed": "the private endpoint is not one of the project's",
  "endpoint-disabled": "the compute is disabled",
  "too-many-connections": "too many connections, or wrong passwords, in a short time",
  "password-failed": "wrong password, or no such role",
  "channel-binding-failed": "TLS ends somewhere in between: the channel binding does not fit",
  "authentication-malformed": "did not speak the protocol of authentication",
  "compute-unavailable": "the compute does not start",
  "wake-refused": "the compute cannot be started now",
  "protocol-violation": "does not speak Postgres' protocol",
  "timed-out": "took too long to say who it is",
  "compute-refused": "Postgres refused it",
};

/** Ours: what a session hears whose statements are more than the audit takes of temporary access. */
export const UNRECORDED =
  "Statements of temporary access are recorded, and these are more than is: send fewer at once, or ask for access anew once it has used up what is kept of one.";

/** A refusal with a sentence for the client. */
export class Refusal extends Error {
  constructor(
    readonly reason: DenyReason,
    text: string,
  ) {
    super(text);
  }
}

export function createRefusal<R extends WordedReason>(reason: R, ...about: Parameters<(typeof TEXTS)[R]>): Refusal {
  const text: (...about: string[]) => string = TEXTS[reason];
  return new Refusal(reason, text(...about));
}

/** The client does not speak the protocol: it is cut off without a message. */
export class ProtocolError extends Error {}
