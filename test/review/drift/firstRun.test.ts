import { CreatedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { toTaggedName } from "../../../provider/resources/apiKey/wire.js";
import type { AccountDrift } from "../../../review/drift/drift.js";
import { compare } from "../../../review/drift/compare.js";
import type { DriftFinding } from "../../../review/drift/driftItem.js";
import { startPlane, endPlanes, type TestPlane } from "../../support/plane.js";
import { driftOf, managed } from "./lab.js";

/** What an organisation has before anybody does anything: the key that asks, and whoever administers it. */

jest.setTimeout(60_000);
let plane: TestPlane;
beforeEach(async () => (plane = await startPlane()));
afterEach(endPlanes);

const findingsIn = ({ judged }: AccountDrift): DriftFinding[] => judged.map(({ finding }) => finding);
const summary = (found: AccountDrift) =>
  findingsIn(found)
    .map(({ rule, severity, direction, expected }) => `${rule} ${severity} ${direction} ${expected ?? "drift"}`)
    .sort();

const personalKey = (name: string) => plane.api.ok(CreatedApiKey, "POST", "/api_keys", { key_name: name });
const organizationKey = (name: string, more: object = {}) =>
  plane.api.ok(CreatedApiKey, "POST", `/organizations/${plane.ready.orgId}/api_keys`, { key_name: name, ...more });

it("tells the key that asks and the only administrator, and calls neither drift", async () => {
  expect(summary(await driftOf(plane, []))).toEqual([
    "api-key-added low neutral askingKey",
    "organization-member-added low neutral onlyAdministrator",
  ]);
});

it("cannot tell which of a person's keys asks: a second one makes both drift", async () => {
  await personalKey("intruder");
  const found = await driftOf(plane, []);
  expect(summary(found)).toEqual([
    "api-key-added high opens drift",
    "api-key-added high opens drift",
    "organization-member-added low neutral onlyAdministrator",
  ]);
  expect(findingsIn(found).find(({ resource }) => resource.name === "intruder")?.says).toContain(
    "One of the 2 keys of this person runs this command",
  );
});

it("a key of the organisation is high, and the key that asks stays what it is", async () => {
  await organizationKey("intruder");
  expect(summary(await driftOf(plane, []))).toEqual([
    "api-key-added high opens drift",
    "api-key-added low neutral askingKey",
    "organization-member-added low neutral onlyAdministrator",
  ]);
});

it("a second administrator makes both high", async () => {
  const found = await driftOf(plane, []);
  const [owner] = found.observation.members ?? [];
  if (!owner) throw new Error("no member");
  const eve = { member: { ...owner.member, id: "m-2", user_id: "u-2" }, user: { email: "eve@example.com" } };
  const severities = (members: (typeof owner)[], more: object = {}) =>
    compare({ ...found.observation, members, ...more }, [], [], "urn:", Date.now())
      .map(({ finding }) => finding)
      .filter(({ rule }) => rule === "organization-member-added")
      .map(({ severity }) => severity);
  expect(severities([owner, eve])).toEqual(["high", "high"]);
  // Whoever has thrown the others out is the only one, too.
  expect(severities([eve])).toEqual(["high"]);
  const byKeyOfTheOrganization = { caller: { account_id: plane.ready.orgId, auth_method: "api_key_org" } };
  expect(severities([owner], byKeyOfTheOrganization)).toEqual(["high"]);
  expect(severities([owner], { ...byKeyOfTheOrganization, administratorBefore: owner.member.user_id })).toEqual(["low"]);
  expect(severities([eve], { ...byKeyOfTheOrganization, administratorBefore: owner.member.user_id })).toEqual(["high"]);
});

describe("a key whose name carries a mark", () => {
  const nonce = "0123456789abcdef";

  it("of another stack is told as a claim, and made light of only where it opens nothing of this one", async () => {
    const { project: ours } = await plane.api.project();
    const { project: theirs } = await plane.api.project();
    const name = toTaggedName("ci", { managedBy: "urn:pulumi:prod::other::palisade:ApiKey::ci", nonce });
    const ids = [
      await organizationKey(name),
      await organizationKey(name, { project_id: ours.id }),
      await organizationKey(name, { project_id: theirs.id }),
    ].map(({ id }) => `${plane.ready.orgId}/${id}`);
    const found = findingsIn(await driftOf(plane, [managed("Project", ours.id, { name: ours.name })]));
    const claimed = ids.map((id) => found.find(({ resource }) => resource.id === id));
    expect(claimed.map((one) => [one?.rule, one?.severity, one?.direction, one?.expected])).toEqual([
      ["api-key-claimed", "medium", "opens", undefined],
      ["api-key-claimed", "medium", "opens", undefined],
      ["api-key-claimed", "low", "neutral", undefined],
    ]);
    expect(claimed[0]?.says).toContain("which is only a claim");
  });

  it("of this stack and is not recorded is nobody's claim", async () => {
    const managedBy = "urn:pulumi:dev::test::palisade:ApiKey::ci";
    const { id } = await organizationKey(toTaggedName("ci", { managedBy, nonce }));
    const found = findingsIn(await driftOf(plane, [managed("ApiKey", `${plane.ready.orgId}/1`, { name: "ci", managedBy })]));
    const key = found.find(({ resource }) => resource.id === `${plane.ready.orgId}/${id}`);
    expect([key?.rule, key?.severity, key?.says]).toEqual([
      "api-key-added",
      "high",
      expect.stringContaining("carries this stack's ownership tag and is not recorded"),
    ]);
  });
});
