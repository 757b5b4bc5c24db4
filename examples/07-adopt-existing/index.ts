import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const projectId = config.require("projectId");

// What exists is named in `adopt` and written down as it is. The first `pulumi up` compares, changes nothing, and refuses with every
// difference when this program is wrong. While `adopt` stands here, Pulumi deletes neither of the two.
const project = new neon.Project("billing", {
  adopt: projectId,
  name: "billing",
  regionId: "aws-eu-central-1",
  network: { allow: "listed", ranges: ["203.0.113.0/24", "198.51.100.7"] },
});

new neon.BranchProtection("main", { projectId: project.projectId, branch: "default", protected: true });

export const id = project.projectId;
