import { REDACTED, UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** A lock-out that the program accepts: it blocks, unless an endpoint that is accepted leads to the project afterwards. */

const [ID, ENDPOINT, OTHER] = ["quiet-lake-12345678", "vpce-0123456789abcdef0", "vpce-0999999999abcdef0"];
const LISTED = { allow: "listed", ranges: ["203.0.113.0/24"] };
const MEANT = { allow: "nobody", acceptLockOut: true };
const project = (network: object): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: ID,
  inputs: { name: "shop", regionId: "aws-eu-central-1", network },
  outputs: { projectId: ID, defaultBranchId: `${ID}/br-wispy-sun-b343qpnf` },
});
const list = (inputs: object): WrittenResource => ({
  type: toTypeToken("IpAllowlist"),
  name: "list",
  id: ID,
  inputs: { projectId: ID, onDestroy: "keep", ...inputs },
  // What the plane had when the list was declared, as the resource records it.
  outputs: { previous: { allowed_ips: { ips: [], protected_branches_only: false }, block_public_connections: false } },
});
const assigned: WrittenResource = {
  type: toTypeToken("PrivateEndpoint"),
  name: "assigned",
  id: `org-1/aws-eu-central-1/${ENDPOINT}`,
  inputs: { regionId: "aws-eu-central-1", vpcEndpointId: ENDPOINT },
  outputs: { state: "accepted" },
};
const restricted = (vpcEndpointId: string, more: object = {}): WrittenResource => ({
  type: toTypeToken("VpcEndpointRestriction"),
  name: "restricted",
  id: `${ID}/${vpcEndpointId}`,
  inputs: { projectId: ID, vpcEndpointId, ...more },
});
const by: Readonly<Record<string, (network: object) => WrittenResource[]>> = {
  "a project": (network) => [project(network)],
  "an allowlist": (network) => [project({ allow: "managedSeparately" }), list(network)],
};
const severityOf = async (before: readonly WrittenResource[], after: readonly WrittenResource[]) => {
  const { findings } = await reviewStream(buildStream(before, after));
  return findings.find(({ rule }) => rule === "lock-out-accepted")?.severity;
};

describe.each(Object.entries(by))("accepted by %s", (_, network) => {
  it.each<[string, object, WrittenResource[], string]>([
    ["the endpoint leads to it", {}, [assigned], "medium"],
    ["it is restricted to the endpoint", {}, [assigned, restricted(ENDPOINT)], "medium"],
    ["it is restricted to another", {}, [assigned, restricted(OTHER)], "high"],
    ["private endpoints are blocked, too", { privateEndpoints: "blocked" }, [assigned], "high"],
    ["no endpoint is known", {}, [], "high"],
  ])("%s", async (__, more, beside, severity) => {
    const before = { ...LISTED, privateEndpoints: "allowed" };
    const after = { ...MEANT, privateEndpoints: "allowed", ...more };
    expect(await severityOf([...network(before), ...beside], [...network(after), ...beside])).toBe(severity);
  });
});

it.each([UNKNOWN, REDACTED])("whether a lock-out is accepted that reads %s is not judged", async (acceptLockOut) => {
  for (const [before, after] of [
    [
      [project({ allow: "nobody" }), assigned],
      [project({ allow: "nobody" }), assigned, restricted(ENDPOINT, { acceptLockOut })],
    ],
    [by["an allowlist"]?.(LISTED) ?? [], by["an allowlist"]?.({ allow: "nobody", acceptLockOut }) ?? []],
    [[project(LISTED)], [project({ allow: "nobody", acceptLockOut })]],
  ] as const) {
    const { verdict, unjudged } = await reviewStream(buildStream(before, after));
    expect([verdict === "approve", unjudged.length > 0]).toEqual([false, true]);
  }
});

it.each<[string, object, string]>([
  ["lists addresses", { ...LISTED, acceptLockOut: true }, "medium"],
  ["leaves its network to another", { allow: "managedSeparately", acceptLockOut: true }, "medium"],
  ["lets nobody in", MEANT, "low"],
])("a lock-out accepted at birth by a project that %s is told", async (_, network, severity) => {
  expect(await severityOf([], [{ ...project(network), id: "" }])).toBe(severity);
});

describe.each(Object.entries(by))("both ways in blocked by %s", (_, network) => {
  const [open, shut] = [{ privateEndpoints: "allowed" }, { privateEndpoints: "blocked" }];
  const nobody = { allow: "nobody" };
  const waiting: WrittenResource = { ...assigned, outputs: { state: "new" } };
  it.each<[string, object, object, WrittenResource[], boolean]>([
    ["the private one beside a public block", { ...nobody, ...open }, { ...nobody, ...shut }, [assigned], true],
    ["both at once", { ...LISTED, ...open }, { ...nobody, ...shut }, [assigned], true],
    ["the public one beside a private block", { ...LISTED, ...shut }, { ...nobody, ...shut }, [assigned], false],
    [
      "where the project is restricted to the endpoint",
      { ...nobody, ...open },
      { ...nobody, ...shut },
      [assigned, restricted(ENDPOINT)],
      true,
    ],
    ["where it is restricted to another", { ...nobody, ...open }, { ...nobody, ...shut }, [assigned, restricted(OTHER)], false],
    ["where the endpoint waits to be accepted", { ...nobody, ...open }, { ...nobody, ...shut }, [waiting], false],
    ["where no endpoint is known", { ...nobody, ...open }, { ...nobody, ...shut }, [], false],
  ])("%s", async (__, before, after, beside, isLockedOut) => {
    const { findings, verdict } = await reviewStream(buildStream([...network(before), ...beside], [...network(after), ...beside]));
    expect(findings.some(({ rule }) => rule === "locked-out")).toBe(isLockedOut);
    if (isLockedOut) expect(verdict).toBe("block");
  });
});
