import type { Review } from "../../../review/change/judge.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Single resources: whom they are for, in which account, and what backs them up. */

const ID = "quiet-lake-12345678";
const project = (more: object = {}): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: ID,
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" }, ...more },
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
});
const SHOP = project();
const found = ({ verdict, findings }: Review) => ({ verdict, findings: findings.map(({ rule, resource }) => `${rule} ${resource.name}`) });

describe("the address of the API", () => {
  const NEON = "https://console.neon.tech/api/v2";
  const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };
  const judged = async (recorded: Record<string, unknown>, config: Record<string, string>) => {
    const stream = buildStream([SHOP], [SHOP], { config });
    const urn = "urn:pulumi:dev::shop::pulumi:providers:pulumi-nodejs::default";
    const state = JSON.parse(stream.state) as { deployment: { resources: object[] } };
    state.deployment.resources.push({ urn, type: "pulumi:providers:pulumi-nodejs", inputs: recorded });
    return reviewStream({ ...stream, state: JSON.stringify(state) });
  };

  it.each([
    ["as before", { "palisade:apiUrl": NEON }, {}, "approve"],
    ["another", { "palisade:apiUrl": NEON }, { "palisade:apiUrl": "https://console.neon.tech.example.com/api/v2" }, "block"],
    ["secret all of a sudden", { "palisade:apiUrl": NEON }, { "palisade:apiUrl": "[secret]" }, "block"],
    ["secret as before", { "palisade:apiUrl": SECRET }, { "palisade:apiUrl": "[secret]" }, "needsReview"],
    [
      "as before, beside a secret organisation",
      { "palisade:apiUrl": NEON, "palisade:orgId": SECRET },
      { "palisade:orgId": "[secret]" },
      "approve",
    ],
  ])("%s", async (_, recorded, config, verdict) => {
    expect((await judged(recorded, config as Record<string, string>)).verdict).toBe(verdict);
  });
});

it("further accounts are secret: where their keys go is never judged, and said so where there are any", async () => {
  const configured = await reviewStream(buildStream([SHOP], [SHOP], { config: { "palisade:accounts": "[secret]" } }));
  expect(configured.notJudged).toContain("where the keys of palisade:accounts go");
  expect((await reviewStream(buildStream([SHOP], [SHOP]))).notJudged).not.toContain("where the keys of palisade:accounts go");
});

it("another account needs a person", async () => {
  const moved = project({ account: "staging" });
  expect(found(await reviewStream(buildStream([SHOP], [moved])))).toEqual({ verdict: "needsReview", findings: ["account-changed shop"] });
});

describe("a replacement", () => {
  const replacedBy = async (was: WrittenResource, is: WrittenResource) =>
    found(await reviewStream(buildStream([SHOP, was], [SHOP, is], { replaced: [was.name] })));
  const permission = (email: string): WrittenResource => ({
    type: toTypeToken("ProjectPermission"),
    name: "reader",
    id: `${ID}/1`,
    inputs: { projectId: ID, email },
  });
  const member = (email: string): WrittenResource => ({
    type: toTypeToken("OrganizationMember"),
    name: "person",
    id: "org-1/1",
    inputs: { email, role: "admin" },
  });
  const key = (name: string): WrittenResource => ({
    type: toTypeToken("ApiKey"),
    name: "key",
    id: `${ID}/2`,
    inputs: { name, scope: "project", projectId: ID },
  });

  it("of a permission by one for somebody else gives access", async () => {
    const { verdict, findings } = await replacedBy(permission("a@example.com"), permission("b@example.com"));
    expect([verdict, ...findings.sort()]).toEqual(["needsReview", "permission-given reader", "permission-taken reader"]);
  });

  it("of an administrator by somebody else blocks", async () => {
    expect((await replacedBy(member("a@example.com"), member("b@example.com"))).verdict).toBe("block");
  });

  it("of a key by one with another name is a rotation", async () => {
    expect(await replacedBy(key("one"), key("two"))).toEqual({ verdict: "approve", findings: [] });
  });
});

it("another owner of a database needs a person", async () => {
  const database = (ownerName: string): WrittenResource => ({
    type: toTypeToken("Database"),
    name: "orders",
    id: `${ID}/br-quiet-lake-12345678/1`,
    inputs: { projectId: ID, branchId: "br-quiet-lake-12345678", name: "orders", ownerName },
  });
  const review = await reviewStream(buildStream([SHOP, database("a")], [SHOP, database("b")]));
  expect(found(review)).toEqual({ verdict: "needsReview", findings: ["database-owner-changed orders"] });
});

describe("backups", () => {
  const inBranch = { projectId: ID, branchId: "br-quiet-lake-12345678" };
  const schedule = (more: object): WrittenResource => ({
    type: toTypeToken("BackupSchedule"),
    name: "nightly",
    id: `${ID}/br-quiet-lake-12345678`,
    inputs: { ...inBranch, frequency: "daily", retentionSeconds: 604_800, ...more },
  });
  const snapshot: WrittenResource = {
    type: toTypeToken("Snapshot"),
    name: "before",
    id: `${ID}/snap-1`,
    inputs: { ...inBranch, name: "before" },
  };
  const of = async (was: readonly WrittenResource[], is: readonly WrittenResource[]) =>
    found(await reviewStream(buildStream([SHOP, ...was], [SHOP, ...is])));

  it.each([
    ["less often", schedule({ frequency: "weekly", day: 1 }), "retention-weakened nightly"],
    ["kept for less time", schedule({ retentionSeconds: 3600 }), "retention-weakened nightly"],
    ["allowed to end", schedule({ release: true }), "guard-released nightly"],
  ])("%s need a person", async (_, after, finding) => {
    expect(await of([schedule({})], [after])).toEqual({ verdict: "needsReview", findings: [finding] });
  });

  it("that end need a person, a snapshot deleted blocks", async () => {
    expect(await of([schedule({})], [])).toEqual({ verdict: "needsReview", findings: ["retention-weakened nightly"] });
    expect(await of([snapshot], [])).toEqual({ verdict: "block", findings: ["data-destroyed before"] });
  });

  it("more often and kept longer are approved", async () => {
    expect((await of([schedule({ frequency: "weekly", day: 1 })], [schedule({})])).verdict).toBe("approve");
    expect((await of([schedule({})], [schedule({ retentionSeconds: 1_209_600 })])).verdict).toBe("approve");
  });
});
