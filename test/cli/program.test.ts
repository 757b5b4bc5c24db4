import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readProgramCommit } from "../../cli/approval/programCommit.js";

/** A program is exactly what a commit holds, whatever git was told about its files. */

let root: string;
const at = (path: string) => join(root, path);
const write = (path: string, text = "x\n") => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const git = (...words: string[]) =>
  execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgSign=false", ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  });
const commit = () => {
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", "x");
};
const program = (besides: readonly string[] = []) => readProgramCommit(at("infra"), besides);
const refused = (why: RegExp) => expect(program()).rejects.toThrow(why);

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "palisade-program-")));
  git("init", "--quiet");
  write("infra/Pulumi.yaml", "name: shop\nruntime: nodejs\n");
  write("infra/index.ts", 'export const name = "shop";\n');
  write(".gitignore", "node_modules/\nbin/\n.palisade/\n*.log\n.env\n");
  commit();
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test("a clean checkout is its commit, with packages, build outputs, logs and our own records beside it", async () => {
  write("infra/node_modules/pkg/index.js");
  write("infra/bin/index.js");
  write("infra/pulumi.log");
  write("infra/.env", "A=1\n");
  write("infra/.palisade/verdicts.jsonl");
  write(`infra/.palisade/verdicts.jsonl.claims/${"a".repeat(64)}`);
  write("infra/.palisade/applied-dev.json", "{}");
  write("infra/approval.json");
  const { commit: id, tree } = await program([at("infra/approval.json")]);
  expect([id, tree]).toEqual(git("rev-parse", "HEAD", "HEAD^{tree}").trim().split("\n"));
});

test("a changed, a missing, a staged and an untracked file are no commit", async () => {
  write("infra/index.ts", "evil\n");
  await refused(/infra\/index\.ts is changed/);
  rmSync(at("infra/index.ts"));
  await refused(/infra\/index\.ts is missing/);
  git("checkout", "--quiet", "--", ".");
  write("infra/more.ts");
  await refused(/infra\/more\.ts is in no commit/);
  git("add", "--all");
  await refused(/infra\/more\.ts is added and not committed/);
});

test.each(["--assume-unchanged", "--skip-worktree"])("git is told %s: the file is looked at all the same", async (flag) => {
  git("update-index", flag, "infra/index.ts");
  write("infra/index.ts", "evil\n");
  expect(git("status", "--porcelain")).toBe("");
  await refused(/infra\/index\.ts is changed/);
});

test("a filter that gives git the committed text for any other is not asked, nor run", async () => {
  write(".gitattributes", "*.ts filter=same\n");
  commit();
  write("expected", 'export const name = "shop";\n');
  git("config", "filter.same.clean", `touch ${at("ran")}; cat ${at("expected")}`);
  write("infra/index.ts", "evil\n");
  write(".git/info/exclude", "expected\nran\n");
  await refused(/infra\/index\.ts is changed/);
  expect(existsSync(at("ran"))).toBe(false);
});

test("a program that the repository's configuration names for watching files or for hooks is not run", async () => {
  write(".git/evil", `#!/bin/sh\ntouch ${at(".git/ran")}\n`);
  chmodSync(at(".git/evil"), 0o755);
  git("config", "core.fsmonitor", at(".git/evil"));
  git("config", "core.hooksPath", at(".git"));
  utimesSync(at("infra/index.ts"), 1, 1);
  await program();
  expect(existsSync(at(".git/ran"))).toBe(false);
});

test("what only this clone ignores is not ignored", async () => {
  write(".git/info/exclude", "infra/index.js\n");
  write("infra/index.js");
  await refused(/infra\/index\.js is in no commit/);
  rmSync(at("infra/index.js"));
  write(".git/ours", "infra/index.js\n");
  git("config", "core.excludesFile", at(".git/ours"));
  write("infra/index.js");
  await refused(/infra\/index\.js is in no commit/);
});

test.each([
  "infra/index.js",
  "infra/lib/ranges.json",
  "infra/Pulumi.dev.yaml",
  "infra/.npmrc",
  "tsconfig.json",
  "infra/.palisade/index.js",
  "infra/.palisade/package.json",
  "infra/lib/.palisade/index.js",
  "infra/lib/.palisade/ranges.json",
  "vendor/native.node",
])("%s that a commit ignores could be run, so it is refused", async (path) => {
  write(".gitignore", `node_modules/\n/${path}\n.palisade/\n`);
  commit();
  write(path);
  await refused(new RegExp(`${path.replaceAll(".", "\\.")} is (?:ignored by git, and could be run|in no commit)`));
});

test("a file that no commit holds is refused where the program names it, whatever its name ends in", async () => {
  write(".gitignore", "node_modules/\n*.txt\n.palisade/\n");
  write("infra/payload.txt");
  write("infra/.palisade/payload");
  commit();
  await program();
  write("infra/index.ts", 'require("./payload.txt");\n');
  commit();
  await refused(/infra\/payload\.txt is in no commit, and the program names it/);
  write("infra/index.ts", 'require("./.palisade/payload");\n');
  commit();
  await refused(/infra\/\.palisade\/payload is in no commit, and the program names it/);
});

test("a nested .palisade is no place for anything", async () => {
  write(".gitignore", "node_modules/\n");
  commit();
  write("infra/lib/.palisade/verdicts.jsonl");
  await refused(/infra\/lib\/\.palisade\/verdicts\.jsonl is in no commit/);
});

test("a repository within the repository is no part of its commit", async () => {
  write(".gitignore", "/infra/vendor/\n");
  commit();
  execFileSync("git", ["init", "--quiet", at("infra/vendor")]);
  write("infra/vendor/index.js");
  await refused(/infra\/vendor\/.* could be run/);
});

test("a submodule must be at its commit, and clean", async () => {
  const inner = at("infra/sub");
  execFileSync("git", ["init", "--quiet", inner]);
  write("infra/sub/a.ts");
  const inside = (...words: string[]) =>
    execFileSync("git", ["-C", inner, "-c", "user.name=a", "-c", "user.email=a@example.com", ...words]);
  inside("add", "--all");
  inside("commit", "--quiet", "--message", "x");
  commit();
  await program();
  write("infra/sub/a.ts", "evil\n");
  await refused(/infra\/sub is a submodule in which a\.ts is changed/);
  inside("commit", "--all", "--quiet", "--message", "y");
  await refused(/infra\/sub is a submodule at another commit/);
});

test("a link that leads out of the repository holds no content, and a directory that became a link is another", async () => {
  const outside = mkdtempSync(join(tmpdir(), "palisade-outside-"));
  try {
    writeFileSync(join(outside, "index.ts"), 'export const name = "shop";\n');
    symlinkSync(outside, at("lib"));
    commit();
    await refused(/lib leads out of the repository/);
    git("rm", "--quiet", "lib");
    commit();
    rmSync(at("infra"), { recursive: true });
    symlinkSync(outside, at("infra"));
    await expect(readProgramCommit(outside, [])).rejects.toThrow("PAL_NOT_A_COMMIT");
    await expect(readProgramCommit(root, [])).rejects.toThrow("PAL_NOT_A_COMMIT");
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
});

test("a replaced object, and variables that lead git elsewhere, change nothing", async () => {
  const id = git("rev-parse", "HEAD").trim();
  write("infra/index.ts", "evil\n");
  commit();
  git("replace", id, "HEAD");
  git("reset", "--quiet", "--soft", id);
  await refused(/infra\/index\.ts is changed/);
  git("checkout", "--quiet", "--force", "HEAD");
  process.env["GIT_DIR"] = "/nowhere";
  try {
    await expect(program()).rejects.toThrow(/is changed|differ/);
  } finally {
    delete process.env["GIT_DIR"];
  }
});

test("line ends of Windows and files of Git LFS are what was committed", async () => {
  write("infra/index.ts", 'export const name = "shop";\r\n');
  write(
    "infra/logo.png",
    "version https://git-lfs.github.com/spec/v1\noid sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\nsize 1\n",
  );
  git("add", "infra/logo.png");
  git("commit", "--quiet", "--message", "logo", "--only", "infra/logo.png");
  write("infra/logo.png", "x");
  await program();
  write("infra/logo.png", "y");
  await refused(/logo\.png is changed/);
});

test("a program that runs what was built is no commit", async () => {
  write("infra/Pulumi.yaml", "name: shop\nruntime: nodejs\nmain: bin/\n");
  commit();
  await refused(/Pulumi\.yaml runs bin\/, which is built/);
});

test("a tracked file is no record, whatever it is given as", async () => {
  write("infra/index.ts", "evil\n");
  await expect(program([at("infra/index.ts")])).rejects.toThrow(/infra\/index\.ts is changed/);
});
