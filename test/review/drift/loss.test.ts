import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { judgeLoss } from "../../../review/drift/deleted.js";
import { TRACES } from "../../../review/drift/auditTraces.js";
import { managed } from "./lab.js";

/** What it means that an object is not there any more: as a review says it of its deletion. */

const KINDS = Object.keys(catalogue) as Kind[];
/** Destroying these leaves the object, or its loss is read off reachability: what the slice says of a destroy is not what a loss means. */
const OTHERWISE: readonly Kind[] = [
  "PrivateEndpoint",
  "BranchProtection",
  "IpAllowlist",
  "VpcEndpointRestriction",
  "KeyVaultRotationPolicy",
];

it.each(KINDS.filter((kind) => !OTHERWISE.includes(kind)))("the loss of a %s has direction, severity and words of its deletion", (kind) => {
  const { direction, severity, message } = catalogue[kind].review.onDelete({}, Date.now());
  expect(judgeLoss(managed(kind, "a/b/c", {}))).toEqual({
    means: direction,
    severity,
    says: `It was applied, and is not there any more. ${message}`,
  });
});

it("a lost role destroys, as a deleted one does in a review", () => {
  expect(judgeLoss(managed("Role", "a/b/c", {}))).toMatchObject({ means: "destroys", severity: "medium" });
});

it("a branch that was to expire is no grave loss", () => {
  expect(judgeLoss(managed("Branch", "a/b", { expiresAt: "2026-01-01T00:00:00Z" }))).toMatchObject({ means: "destroys", severity: "low" });
  for (const lasting of [{}, { expiresAt: "2999-01-01T00:00:00Z" }])
    expect(judgeLoss(managed("Branch", "a/b", lasting))).toMatchObject({ means: "destroys", severity: "high" });
});

it("what a destroy would leave, and is gone all the same, is told as what it is", () => {
  expect(judgeLoss(managed("PrivateEndpoint", "o/r/v", { release: false }))).toMatchObject({
    means: "destroys",
    severity: "high",
    says: expect.stringContaining("Neon never takes its id again") as string,
  });
  expect(judgeLoss(managed("BranchProtection", "p/b", {}))).toMatchObject({ means: "destroys", severity: "high" });
  expect(judgeLoss(managed("VpcEndpointRestriction", "p/v", {}))).toEqual({
    says: "It was applied, and is not there any more. The project is no longer restricted to this endpoint.",
  });
});

it("the audit is asked by the ids that it has", () => {
  const traced = Object.fromEntries(
    KINDS.map((kind) => [kind, TRACES[kind](managed(kind, "p-1/br-1/x", {})).map((trace) => `${trace.kind} ${trace.id}`)]),
  );
  expect(traced).toMatchObject({
    Role: ["role br-1/x"],
    RotatingRole: ["role br-1/x_1", "role br-1/x_2"],
    IpAllowlistEntry: ["project p-1"],
    Database: ["database x"],
    PrivateEndpoint: ["vpc_endpoint p-1/br-1/x"],
    OrganizationMember: [],
  });
});
