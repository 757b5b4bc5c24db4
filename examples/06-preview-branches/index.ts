import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

// One stack for each pull request: `pulumi stack init pr-42`, and `pulumi destroy` when it is closed.
const config = new pulumi.Config();
const projectId = config.require("projectId");
const days = config.getNumber("days") ?? 7;

// The end is reckoned from the day that is written in the stack, so that a later `pulumi up` does not move it.
const opened = new Date(config.require("opened"));
const expiresAt = new Date(opened.getTime() + days * 86_400_000).toISOString();

// The schema of production without its rows: people's data does not belong into a preview. Whoever forgets to destroy the stack
// has the branch deleted by Neon itself.
const preview = new neon.Branch("preview", {
  projectId,
  name: `preview/${pulumi.getStack()}`,
  initSource: "schema-only",
  expiresAt,
  compute: { minCu: 0.25, maxCu: 0.25, suspendTimeoutSeconds: 60 },
});

export const branchId = preview.branchId;
export const host = preview.host;
export const until = preview.expiresAt;
