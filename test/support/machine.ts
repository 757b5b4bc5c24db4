import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PINNED_VERSION } from "../../cli/pulumi/findPulumi.js";
import type { ToolchainSettings } from "../../tools/pulumi/obtain.js";

/** A machine in a temporary folder: its PATH has only what a test puts there, its Pulumi home is empty, and its installer cannot be reached. */
export class Machine {
  readonly lines: string[] = [];
  readonly log = (line: string): void => {
    this.lines.push(line);
  };

  private constructor(
    readonly root: string,
    readonly places: ToolchainSettings,
  ) {}

  static async create(): Promise<Machine> {
    const root = await mkdtemp(join(tmpdir(), "palisade-machine-"));
    for (const folder of ["path", "module"]) await mkdir(join(root, folder));
    for (const file of ["go.mod", "go.sum"]) await writeFile(join(root, "module", file), `${file} of the checkout\n`);
    await writeFile(join(root, "languageHost.js"), HOST);
    await writeFile(join(root, "dynamicProvider"), "#!/bin/sh\n# the SDK's script\n");
    return new Machine(root, {
      home: join(root, "home"),
      goModule: join(root, "module"),
      companions: { languageHost: join(root, "languageHost.js"), dynamicProvider: join(root, "dynamicProvider") },
      installer: "http://127.0.0.1:9/install.sh",
      env: { PATH: join(root, "path") },
    });
  }

  get versions(): string {
    return join(this.places.home, "versions");
  }

  /** Where the pinned CLI belongs. */
  get bin(): string {
    return join(this.versions, PINNED_VERSION, "bin");
  }

  /** Puts a shell script on PATH. */
  install(name: string, body: string): Promise<string> {
    return script(join(this.root, "path", name), body);
  }

  /** Puts a Pulumi CLI with its Node plugins on PATH. */
  async installPulumi(version: string): Promise<string> {
    for (const name of ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]) await this.install(name, "");
    return this.install("pulumi", `echo v${version}`);
  }

  /** Puts a Pulumi CLI where the pinned release belongs, as somebody else would. */
  async placePulumi(body: string): Promise<string> {
    await mkdir(this.bin, { recursive: true });
    return script(join(this.bin, "pulumi"), body);
  }

  /** Puts a Go on PATH whose build runs `build` in the build's folder and notes each build in `builds`. */
  installGo({ version = "go1.26.8", build = BUILD } = {}): Promise<string> {
    const note = `echo built >> ${join(this.root, "builds")}`;
    return this.install("go", `case "$1" in\nenv) echo ${version};;\nlist) echo one; echo two;;\nbuild) ${note}\n${build}\n;;\nesac`);
  }

  async builds(): Promise<number> {
    return (await readFile(join(this.root, "builds"), "utf8").catch(() => "")).split("\n").length - 1;
  }

  /** What lies in the folder of all versions, hidden files too; empty when there is none. */
  async left(): Promise<string[]> {
    return (await readdir(this.versions).catch(() => [])).sort();
  }

  dispose(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}

export const HOST = "// the language host\n";

/** What a build that succeeds leaves. */
export const BUILD = `/bin/mkdir bin; printf '#!/bin/sh\\necho v${PINNED_VERSION}\\n' > bin/pulumi; /bin/chmod 755 bin/pulumi`;

async function script(file: string, body: string): Promise<string> {
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}
