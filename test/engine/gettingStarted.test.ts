import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ensurePulumi } from "../../tools/pulumi/main.js";

/**
 * docs/getting-started.md, as somebody follows it: every fenced command, copied from the page, in an empty folder and an empty home. This file
 * holds none of them. What the page says of an exit code behind a command is asked for; without a word it is 0.
 */

const CHECKOUT = resolve(__dirname, "../..");
const PAGE = readFileSync(join(CHECKOUT, "docs/getting-started.md"), "utf8");

/** ```<language> <where>, to the closing fence. */
interface Block {
  language: string;
  where: string;
  text: string;
}
const BLOCKS: Block[] = [...PAGE.matchAll(/^```(\w*) ?(\S*)\n([^]*?)^```$/gm)].map(([, language = "", where = "", text = ""]) => ({
  language,
  where,
  text,
}));

const LOAD_LITTLE = `export PULUMI_NODEJS_TRANSPILE_ONLY=true NODE_OPTIONS='--require ${join(CHECKOUT, "dist/tools/pulumi/lazyModules.js")}'`;

/** What this machine trusts besides; a run has set it aside (test/support/beginRun). */
const { PALISADE_PUBLIC_ROOTS: publicRoots } = process.env;
const trust = publicRoots === undefined ? {} : { NODE_EXTRA_CA_CERTS: publicRoots };

/** `npm ci` needs a registry, and so does whoever follows the page. */
const registry = spawnSync("npm", ["ping"], { env: { ...process.env, ...trust }, encoding: "utf8", timeout: 30_000 });
if (registry.status !== 0) console.log("skipped: npm's registry does not answer, and the packages' dependencies come from there");
const itWithRegistry = registry.status === 0 ? it : it.skip;

let root: string;
let terminals: Terminal[] = [];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "palisade-start-"));
  // Run by root, the plane starts Postgres as another user, who must get there.
  chmodSync(root, 0o755);
  for (const folder of ["home", "empty"]) mkdirSync(join(root, folder));
});
afterAll(async () => {
  for (const terminal of terminals.reverse()) await terminal.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

/** One shell that keeps its directory and its variables, as a terminal does. */
class Terminal {
  readonly #shell: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  #text = "";
  #looks = new Set<() => void>();

  constructor(directory: string, env: NodeJS.ProcessEnv) {
    // A group of its own: Ctrl-C reaches the shell and what runs in it.
    this.#shell = spawn("bash", ["--norc"], { cwd: directory, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#shell.stdout, this.#shell.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#text += text;
        for (const look of this.#looks) look();
      });
    this.#closed = new Promise((done) => this.#shell.once("close", done));
    void this.#closed.then(() => {
      for (const look of this.#looks) look();
    });
  }

  /** Starts a command, which is not waited for. */
  type(command: string): void {
    this.#text = "";
    this.#shell.stdin.write(`${command}\n`);
  }

  /** @returns what the pattern found, as soon as it stands on the screen; throws when the shell has ended without */
  async see(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found) return found;
      if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) throw new Error(`the terminal ended with\n${this.#text}`);
      await new Promise<void>((look) => {
        this.#looks = new Set([look]);
      });
    }
  }

  /** @returns the exit code and everything that was shown */
  async run(command: string): Promise<{ code: number; shown: string }> {
    this.type(`{ ${command}\n} </dev/null; echo "<ended with $?>"`);
    const [end, code] = await this.see(/^<ended with (\d+)>$/m);
    return { code: Number(code), shown: this.#text.replace(end, "") };
  }

  async close(): Promise<void> {
    if (this.#shell.pid !== undefined && this.#shell.exitCode === null)
      try {
        process.kill(-this.#shell.pid, "SIGINT");
        this.#shell.stdin.end();
      } catch {
        // It has ended by itself.
      }
    await this.#closed;
  }
}

/** A person at a terminal with nothing of Palisade's or Pulumi's: npm keeps the settings of this machine, and its cache. */
async function environment(): Promise<NodeJS.ProcessEnv> {
  const npm = (setting: string) => execFileSync("npm", ["config", "get", setting], { cwd: root, encoding: "utf8" }).trim();
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PULUMI|NEON|npm|PG|INIT_CWD)/.test(name));
  const pulumi = await ensurePulumi({ log: (line) => process.stderr.write(`${line}\n`) });
  return {
    ...Object.fromEntries(inherited),
    ...trust,
    HOME: join(root, "home"),
    // Pulumi asks the system for the home of the user, and not HOME: without this, the page's login would be that of whoever runs the tests.
    PULUMI_HOME: join(root, "home", ".pulumi"),
    PATH: [pulumi.binDirectory, process.env["PATH"] ?? ""].join(delimiter),
    npm_config_cache: npm("cache"),
    npm_config_userconfig: npm("userconfig"),
    npm_config_prefer_offline: "true",
    npm_config_audit: "false",
    npm_config_update_notifier: "false",
    // The person's "yes", at a terminal that is none.
    PULUMI_SKIP_CONFIRMATIONS: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
  };
}

/** The commands of a block, with the exit code that the page promises. */
const commandsOf = ({ text }: Block) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ command: line, promised: Number(/# exits with (\d+)/.exec(line)?.[1] ?? 0) }));

/** What a person reads off the other terminal; throws for what the page names without saying where it stands. */
const filledIn = (command: string, known: Readonly<Record<string, string>>): string =>
  command.replaceAll(/<([a-z ]+)>/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`nothing says what <${name}> is in: ${command}`);
    return value;
  });

/** A change that the page shows, made in the file that it names. */
function applyDiff({ where, text }: Block, directory: string): void {
  const [removed, added] = ["-", "+"].map((sign) =>
    text
      .split("\n")
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
      .join("\n"),
  ) as [string, string];
  const file = join(directory, where);
  const parts = readFileSync(file, "utf8").split(removed);
  expect([where, removed, parts.length]).toEqual([where, removed, 2]);
  writeFileSync(file, parts.join(added));
}

it("has blocks of four kinds alone, so that none is left out", () => {
  const kinds = BLOCKS.map(({ language, where }) => `${language} ${where}`.trim());
  expect([...new Set(kinds)].sort()).toEqual(["diff index.ts", "sh", "sh in-the-clone", "sh second-terminal"]);
  expect(PAGE.match(/^ {0,3}(?:```|~~~)/gm)).toHaveLength(2 * BLOCKS.length);
});

itWithRegistry(
  "leads from an empty folder to a reviewed change, by its own commands alone",
  async () => {
    const env = await environment();
    const open = (directory: string) => {
      const terminal = new Terminal(directory, env);
      terminals = [...terminals, terminal];
      return terminal;
    };
    const first = open(join(root, "empty"));
    const project = async () => (await first.run("pwd")).shown.trim();
    const known: Record<string, string> = {};
    for (const block of BLOCKS) {
      if (block.language === "diff") applyDiff(block, await project());
      else if (block.where === "second-terminal") {
        const second = open(await project());
        second.type(block.text);
        const [, key = ""] = await second.see(/^ +key +(\S+)$/m);
        await second.see(/^ +export NEON_API_HOST=/m);
        known["the key"] = key;
      } else {
        const terminal = block.where === "in-the-clone" ? open(CHECKOUT) : first;
        for (const { command, promised } of commandsOf(block)) {
          const { code, shown } = await terminal.run(filledIn(command, known));
          expect({ command, code, shown }).toEqual({ command, code: promised, shown });
          // Every dependency is made for this version of Node.js.
          expect(shown).not.toContain("EBADENGINE");
          // One update has had everything as a person has it; later ones load as little as those of other tests do.
          if (command === "pulumi up") await terminal.run(LOAD_LITTLE);
        }
      }
    }
  },
  600_000,
);
