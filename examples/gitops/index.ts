import * as neon from "@palisade/neon";

const project = new neon.Project("shop", {
  name: "shop",
  regionId: "aws-eu-central-1",
  network: { allow: "managedSeparately" },
  defaultBranch: { protected: true },
});

new neon.IpAllowlist("shop", {
  projectId: project.projectId,
  allow: "listed",
  ranges: ["203.0.113.0/24"],
});

new neon.ProtectedBranch("production", { projectId: project.projectId, name: "production" });
