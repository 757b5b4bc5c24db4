import * as neon from "@palisade/neon";

// Every row of the organisation's audit, signed, to the receiver of a SIEM. Rows come in their order, each at least once.
const siem = new neon.AuditExport("siem", {
  name: "siem",
  sink: { webhook: { url: "https://192.0.2.10/in" } },
  format: "ocsf",
});

// What the receiver verifies messages with (Standard Webhooks); `pulumi stack output signingSecret --show-secrets`.
export const signingSecret = siem.signingSecret;
export const state = siem.state;
