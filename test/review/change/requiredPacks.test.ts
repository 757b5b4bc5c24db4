import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { computePackDigest, readPacks, parseRequiredPack } from "../../../cli/review/packDigests.js";
import { abbreviatePath } from "../../../review/change/requiredPacks.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Policy packs are known by what they hold. */

let folder: string;
const write = (path: string, text: string) => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
};
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "palisade-pack-")));
  write("acme/PulumiPolicy.yaml", "runtime: nodejs\n");
  write("acme/lib/index.js", "module.exports = 1;\n");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SHOP: WrittenResource = {
  type: toTypeToken("Project"),
  name: "shop",
  id: "quiet-lake-12345678",
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } },
};
/** A preview in which the packs of these folders ran, under whatever names. */
async function judged(ran: Record<string, string>, required: string, given: readonly string[] | undefined) {
  const stream = buildStream([SHOP], [SHOP]);
  const packs = Object.fromEntries(Object.entries(ran).map(([name, path]) => [`${name}|local|${path}`, "1.0.0"]));
  const events = stream.events.map((event) => event.replace('"PolicyPacks":{}', `"PolicyPacks":${JSON.stringify(packs)}`));
  const givenPacks = given && (await readPacks(given, folder));
  const { verdict, findings, unjudged } = await reviewStream(
    { ...stream, events },
    { requiredPacks: parseRequiredPack(required, []), givenPacks },
  );
  return { verdict, rules: findings.map(({ rule }) => rule), unjudged: unjudged.map(({ why }) => why), says: findings[0]?.says };
}

test("a pack of the required content that ran is enough, whatever its folder is called", async () => {
  const acme = join(folder, "acme");
  expect(await judged({ acme }, `acme@sha256:${await computePackDigest(acme)}`, [acme])).toMatchObject({ verdict: "approve", rules: [] });
  symlinkSync(acme, join(folder, "link"));
  const link = join(folder, "link");
  expect(await judged({ acme: link }, `acme@sha256:${await computePackDigest(acme)}`, [link])).toMatchObject({ verdict: "approve" });
  expect(await judged({ acme: "acme" }, `acme@sha256:${await computePackDigest(acme)}`, ["./acme/"])).toMatchObject({ verdict: "approve" });
});

test("a pack of the same name and another content blocks, and says what its content is", async () => {
  const acme = join(folder, "acme");
  const required = `acme@sha256:${await computePackDigest(acme)}`;
  write("acme/lib/index.js", "module.exports = 0;\n");
  const { verdict, rules, says } = await judged({ acme }, required, [acme]);
  expect([verdict, rules]).toEqual(["block", ["policy-pack-missing"]]);
  expect(says).toContain(`sha256:${await computePackDigest(acme)}`);
});

test("a pack that was given and did not run, and one that ran beside the one that was given, block", async () => {
  const acme = join(folder, "acme");
  const required = `acme@sha256:${await computePackDigest(acme)}`;
  expect((await judged({}, required, [acme])).verdict).toBe("block");
  expect((await judged({ acme: join(folder, "other") }, required, [acme])).verdict).toBe("block");
  expect((await judged({ acme }, required, [])).verdict).toBe("block");
});

test("of stored events only names are known: that is not judged", async () => {
  const { verdict, unjudged } = await judged({ acme: "/x" }, `acme@sha256:${"0".repeat(64)}`, undefined);
  expect([verdict, unjudged]).toEqual([
    "needsReview",
    ["whether the policy pack acme ran with the required content is not to be told from stored events"],
  ]);
});

test("every file counts, by its path as well; installed packages count by their lockfile", async () => {
  const acme = join(folder, "acme");
  const seen = new Set([await computePackDigest(acme)]);
  const differs = async (change: () => void) => {
    change();
    const digest = await computePackDigest(acme);
    expect(seen.has(digest)).toBe(false);
    seen.add(digest);
  };
  await differs(() => {
    write("acme/more.js", "");
  });
  await differs(() => {
    write("acme/lib/more.js", "");
  });
  await differs(() => {
    symlinkSync("lib/more.js", join(acme, "link.js"));
  });
  write("acme/node_modules/x/index.js", "1");
  expect(seen.has(await computePackDigest(acme))).toBe(true);
});

test.each(["acme", "acme@1.0.0", "acme@sha256:abc", "@sha256:"])("%j is no content", (text) => {
  expect(() => parseRequiredPack(text, [])).toThrow("name@sha256:digest");
});

test("the engine shortens long paths in its events", () => {
  expect(abbreviatePath("./packs/acme/")).toBe("packs/acme");
  expect(abbreviatePath(`/home/ann/${"x".repeat(80)}/packs/acme`)).toBe("/home/.../packs/acme");
});
