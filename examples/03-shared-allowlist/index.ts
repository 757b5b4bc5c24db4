import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

// A project made and run in the console, whose list is kept there by hand.
const projectId = new pulumi.Config().require("projectId");

// Adds what one team needs and takes only that away again; everybody else's entries and the scope stay as they are.
const entry = new neon.IpAllowlistEntry("analysts", {
  projectId,
  ranges: [{ range: "198.51.100.7", description: "analysts' gateway" }, "198.51.100.64/28"],
});

export const ranges = entry.ranges;
