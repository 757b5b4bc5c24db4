import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { judgePackConfigs } from "../../cli/review/packConfigs.js";

let folder: string;
const git = (...words: string[]) =>
  execFileSync("git", ["-C", folder, "-c", "user.name=example", "-c", "user.email=example@example.com", ...words], { stdio: "ignore" });
const write = (name: string, value: object) => {
  writeFileSync(join(folder, name), JSON.stringify(value));
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-packs-"));
  mkdirSync(join(folder, "infra"));
  git("init", "--quiet");
  write("policy.json", { "audit-level": "mandatory" });
  write("infra/policy.json", { "audit-level": "mandatory" });
  git("add", "--all");
  git("commit", "--quiet", "--message", "policies");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const found = async (directory: string, file: string, base = "HEAD", policyPacks: string[] = []) =>
  (await judgePackConfigs(directory, { policyPacks, policyPackConfigs: [join(folder, file)] }, base)).map(
    ({ rule, after }) => `${rule} ${after ?? ""}`,
  );

test("what is committed is what is compared with, in the program's folder and above it", async () => {
  for (const file of ["policy.json", "infra/policy.json"]) {
    expect(await found(join(folder, "infra"), file)).toEqual([]);
    write(file, { "audit-level": "disabled" });
    expect(await found(join(folder, "infra"), file)).toEqual(["policy-weakened audit-level: disabled"]);
  }
});

test("a configuration that is new leaves every policy to its pack before", async () => {
  write("new.json", { all: "advisory" });
  expect(await found(folder, "new.json")).toEqual(["policy-weakened all: advisory"]);
});

test("of the pack that this package ships the levels are known, wherever it is linked; a namesake's are not", async () => {
  const shipped = join(folder, "linked-pack");
  symlinkSync(resolve(__dirname, "../../policy-pack"), shipped);
  write("policy.json", { "copies-expire": "mandatory" });
  expect(await found(folder, "policy.json", "HEAD", [shipped])).toEqual([]);
  write("policy.json", {});
  git("add", "--all");
  git("commit", "--quiet", "--message", "nothing is configured");
  write("policy.json", { all: "advisory" });
  expect(await found(folder, "policy.json", "HEAD", [shipped])).toContain("policy-weakened network-not-open: advisory");
  expect(await found(folder, "policy.json", "HEAD", [folder])).toEqual(["policy-weakened all: advisory"]);
});

test.each(["nope", "--all", ""])("a base %j that names no commit is refused", async (base) => {
  await expect(found(folder, "policy.json", base)).rejects.toThrow("names no commit");
});
