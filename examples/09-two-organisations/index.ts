import * as neon from "@palisade/neon";

const settings = { regionId: "aws-eu-central-1", network: { allow: "nobody" as const } };

// Without `account` the main one of the stack: palisade:apiKey. With it, the entry of that name in palisade:accounts.
const own = new neon.Project("own", { name: "reports", ...settings });
const partner = new neon.Project("partner", { name: "reports", account: "partner", ...settings });

// What lies in a project belongs to the same account.
const shared = new neon.Branch("shared", { account: "partner", projectId: partner.projectId, name: "shared", compute: "none" });

export const ids = { own: own.projectId, partner: partner.projectId, shared: shared.branchId };
