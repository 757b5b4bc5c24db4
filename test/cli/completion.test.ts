import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type VerbModel, listVerbModels } from "../../cli/completion/model.js";
import { VERBS } from "../../cli/verbs.js";
import { REGION_IDS } from "../../contract/regions.js";

const MAIN = resolve(__dirname, "../../dist/cli/main.js");

let folder: string;
let verbs: readonly VerbModel[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-completion-"));
  for (const shell of ["bash", "zsh", "fish"]) writeFileSync(join(folder, shell), scriptOf(shell));
  mkdirSync(join(folder, "some where"));
  writeFileSync(join(folder, "some file"), "");
  verbs = await listVerbModels(VERBS);
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function scriptOf(shell: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "completion", shell], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What bash offers for the last word; `files` where it leaves the word to readline, which completes files. */
function inBash(...words: string[]): string[] {
  const script = `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { [[ $2 == default ]] && DEFAULT=off; }
    _palisade; printf '%s\\n' "\${COMPREPLY[@]}"; [[ $DEFAULT == off || \${#COMPREPLY[@]} -gt 0 ]] || echo files`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script, "bash", "palisade", ...words], { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  return lines(stdout);
}

describe("in bash", () => {
  it("completes verbs, and those that help takes", () => {
    expect(inBash("")).toEqual([...Object.keys(VERBS), "help", "--help", "--version"]);
    expect(inBash("co")).toEqual(["connection-string", "completion"]);
    expect(inBash("help", "")).toEqual(Object.keys(VERBS));
  });

  it("completes every option of every verb", () => {
    for (const { name, options } of verbs) {
      const flags = options.flatMap(({ names }) => names);
      expect(inBash(name, "-")).toEqual(flags);
      expect(flags).toContain("--help");
    }
  }, 60_000);

  it("completes the values of an option that has a list of them, behind a space and behind an equals sign", () => {
    expect(inBash("init", "--region", "")).toEqual(REGION_IDS);
    expect(inBash("init", "--region", "azure-w")).toEqual(["azure-westus3"]);
    expect(inBash("init", "--region", "=")).toEqual(REGION_IDS);
    expect(inBash("init", "shop", "--region", "=", "azure-e")).toEqual(["azure-eastus2"]);
    const chosen = verbs.flatMap(({ name, options }) =>
      options.flatMap(({ names, value }) =>
        value && value.choices.length > 0 ? [[name, names.at(-1) ?? "", value.choices] as const] : [],
      ),
    );
    expect(chosen.length).toBeGreaterThan(20);
    for (const [name, option, choices] of chosen) expect([name, option, inBash(name, option, "")]).toEqual([name, option, choices]);
  }, 60_000);

  it("completes the words of an argument", () => {
    expect(inBash("completion", "")).toEqual(expect.arrayContaining(["bash", "zsh", "fish", "--output"]));
    expect(inBash("erase", "pro")).toEqual(["project"]);
  });

  it("completes files and directories where a path is taken, and nothing where anything may stand", () => {
    expect(inBash("dev", "--data", "some")).toEqual(["some where"]);
    expect(inBash("dev", "--seed", "some")).toEqual(["files"]);
    expect(inBash("verify-certificate", "some")).toEqual(["files"]);
    expect(inBash("dev", "--api-port", "")).toEqual([]);
    expect(inBash("nonsense", "")).toEqual([]);
  });

  it("is registered for palisade, with readline's own files as the default", () => {
    const { stdout } = spawnSync("bash", ["--norc", "-c", "source ./bash; complete -p palisade"], { cwd: folder, encoding: "utf8" });
    expect(stdout).toBe("complete -o bashdefault -o default -F _palisade palisade\n");
  });
});

const isInstalled = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;
// Where fish or zsh is missing its script is not run: neither comes with Node.js or with this package.
const [inFishIt, inZshIt] = ["fish", "zsh"].map((shell) => (isInstalled(shell) ? it : it.skip)) as [jest.It, jest.It];

inFishIt("fish completes verbs, options, values and paths", () => {
  const inFish = (line: string): string[] => {
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", "source ./fish; complete -C $argv[1]", line], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, HOME: folder },
    });
    expect(stderr).toBe("");
    return lines(stdout).map((each) => each.split("\t")[0] ?? "");
  };
  expect(inFish("palisade co").sort()).toEqual(["completion", "connection-string"]);
  expect(inFish("palisade init --region azure-").sort()).toEqual(["azure-eastus2", "azure-gwc", "azure-westus3"]);
  expect(inFish("palisade dev --data some")).toEqual(["some where/"]);
  expect(inFish("palisade verify-certificate some").sort()).toEqual(["some file", "some where/"]);
  for (const { name, options } of verbs) {
    const flags = options.flatMap(({ names }) => names).filter((flag) => flag.startsWith("--"));
    expect([name, inFish(`palisade ${name} --`).sort()]).toEqual([name, flags.sort()]);
  }
  // A value that is the name of another verb chooses nothing.
  expect(inFish("palisade review --stack dev --see")).toEqual([]);
});

inZshIt("zsh completes verbs, options and values", () => {
  /** What stands on the screen of an interactive shell, up to a word that the completion must show. */
  const inZsh = (line: string, shown: string): string => {
    const script = `zmodload zsh/zpty; zpty z "TERM=dumb PS1= COLUMNS=200 zsh -f -i"
      zpty -w z 'unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u; source ./zsh; print rea''dy'
      zpty -r z text '*ready*'; zpty -w -n z "$1"$'\\t'; zpty -r z text "*$2*"; print -r -- "$text"; zpty -d z`;
    const { stdout } = spawnSync("zsh", ["-f", "-c", script, "zsh", line, shown], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, HOME: folder },
      timeout: 20_000,
    });
    return stdout;
  };
  expect(inZsh("palisade ini", "palisade init ")).toContain("palisade init ");
  expect(inZsh("palisade init --region azure-w", "azure-westus3")).toContain("azure-westus3");
  expect(inZsh("palisade dev --operation-t", "--operation-time")).toContain("--operation-time");
  expect(inZsh("palisade erase b", "branch")).toContain("branch");
});

it("is refused for a shell that it does not know", () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "completion", "tcsh"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([2, expect.stringMatching(/Allowed choices are bash, zsh, fish/)]);
});

it("is written of words that no shell reads a meaning into", () => {
  const words = verbs.flatMap(({ name, options, arguments: taken }) => [
    name,
    ...options.flatMap(({ names, value }) => [...names, ...(value?.choices ?? [])]),
    ...taken.flatMap(({ choices }) => choices),
  ]);
  expect(words.filter((word) => !/^[\w./-]+$/.test(word))).toEqual([]);
});
