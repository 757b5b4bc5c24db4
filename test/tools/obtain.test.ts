import { createServer, type Server } from "node:http";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensurePulumi } from "../../tools/pulumi/main.js";
import type { Pulumi } from "../../cli/pulumi/findPulumi.js";
import { isRunning } from "../support/processes.js";
import { until } from "../support/until.js";
import { BUILD, HOST, Machine } from "../support/machine.js";

let machine: Machine;
beforeEach(async () => (machine = await Machine.create()));
afterEach(() => machine.dispose());

const ensure = (signal?: AbortSignal): Promise<Pulumi> => ensurePulumi({ log: machine.log, signal }, machine.places);
const placed = (name: string): Promise<string> => readFile(join(machine.bin, name), "utf8");

describe("a CLI built from source", () => {
  it("appears complete, with its plugins and a marker, and is found again without a build", async () => {
    await machine.installGo();
    const built = { binary: join(machine.bin, "pulumi"), version: "3.245.0", origin: "built", binDirectory: machine.bin };
    expect(await ensure()).toEqual(built);
    expect((await readdir(machine.bin)).sort()).toEqual([
      "palisade-built.json",
      "palisade-language-host.cjs",
      "pulumi",
      "pulumi-language-nodejs",
      "pulumi-resource-pulumi-nodejs",
    ]);
    expect(await placed("palisade-language-host.cjs")).toBe(HOST);
    for (const name of ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]) {
      expect((await stat(join(machine.bin, name))).mode & 0o777).toBe(0o755);
    }
    const marker = JSON.parse(await placed("palisade-built.json")) as Record<string, string>;
    const sha256 = createHash("sha256")
      .update(await placed("pulumi"))
      .digest("hex");
    expect(marker).toMatchObject({ version: "3.245.0", sha256 });
    expect(marker.build).toMatch(/^CGO_ENABLED=0 go build .*-ldflags "-w -s -X .*version\.Version=v3\.245\.0"/);
    expect(machine.lines.join("\n")).toContain("3 to 10 minutes the first time on 2 cores");

    expect(await ensure()).toEqual(built);
    expect(await machine.builds()).toBe(1);
    expect(await machine.left()).toEqual(["3.245.0"]);
  });

  it("is built from a copy of go.mod and go.sum, untouched by the user's Go settings", async () => {
    await machine.installGo({
      build: `/bin/cat go.mod go.sum > ${machine.root}/seen; echo "$CGO_ENABLED $GOFLAGS." >> ${machine.root}/seen; ${BUILD}`,
    });
    machine.places.env.GOFLAGS = "-mod=vendor";
    await ensure();
    expect(await readFile(join(machine.root, "seen"), "utf8")).toBe("go.mod of the checkout\ngo.sum of the checkout\n0 .\n");
  });

  it("starts the language host that lies beside it", async () => {
    await writeFile(machine.places.companions.languageHost, "console.log(process.argv.slice(2).join());");
    await machine.installGo();
    await ensure();
    const { stdout } = spawnSync(join(machine.bin, "pulumi-language-nodejs"), ["-v=9", "127.0.0.1:7"], { cwd: "/", encoding: "utf8" });
    expect(stdout).toBe("-v=9,127.0.0.1:7\n");
  });

  it("gets a newer language host when the checkout has one", async () => {
    await machine.installGo();
    await ensure();
    await writeFile(machine.places.companions.languageHost, "// a newer one\n");
    await ensure();
    expect(await placed("palisade-language-host.cjs")).toBe("// a newer one\n");
    expect(await readdir(machine.bin)).toHaveLength(5);
  });

  it("is left alone once somebody has put another binary in its place", async () => {
    await machine.installGo();
    await ensure();
    await machine.placePulumi("echo v3.300.0");
    await writeFile(machine.places.companions.languageHost, "// a newer one\n");
    expect((await ensure()).version).toBe("3.300.0");
    expect(await placed("palisade-language-host.cjs")).toBe(HOST);
  });

  it("leaves nothing when the build fails, and says why", async () => {
    await machine.installGo({ build: "/bin/mkdir bin; echo half > bin/pulumi; echo 'no space left on device' >&2; exit 1" });
    await expect(ensure()).rejects.toThrow(/the build of Pulumi failed: ended with code 1\n {2}no space left on device/);
    expect(await machine.left()).toEqual([]);
  });

  it("leaves nothing when what was built does not run", async () => {
    await machine.installGo({ build: BUILD.replace("echo v3", "exit 9 # v3") });
    await expect(ensure()).rejects.toThrow("the new Pulumi CLI does not run: ended with code 9");
    expect(await machine.left()).toEqual([]);
  });

  it("leaves nothing, not even a process, when it is interrupted", async () => {
    const pids = join(machine.root, "pids");
    await machine.installGo({ build: `/bin/sleep 600 & echo $$ $! > ${pids}; wait` });
    const interrupt = new AbortController();
    const outcome = ensure(interrupt.signal);
    const processes = await until("the build starts", async () => {
      const numbers = (await readFile(pids, "utf8").catch(() => "")).trim().split(" ").map(Number);
      return numbers.length === 2 && numbers;
    });
    interrupt.abort(new Error("interrupted by this test"));
    await expect(outcome).rejects.toThrow("interrupted by this test");
    await until("both processes end", () => !processes.some(isRunning));
    expect(await machine.left()).toEqual([]);
  });
});

describe("when no CLI can be had", () => {
  const remedy =
    "Install Pulumi 3.216 or newer (https://www.pulumi.com/docs/install), or Go 1.25 or newer so that it can be built [PAL_NO_ENGINE]";

  it.each([
    ["there is no Go", undefined, "there is no Go 1.25 or later on PATH to build it"],
    ["Go is too old", "go1.24.9", "Go on PATH is 1.24, and building it takes Go 1.25 or later"],
  ])("says so in one sentence: %s", async (_, version, problem) => {
    if (version !== undefined) await machine.installGo({ version });
    const unreachable = "http://127.0.0.1:9/install.sh cannot be reached (bad port)";
    await expect(ensure()).rejects.toThrow(new Error(`No Pulumi CLI can be found or built: ${unreachable}; ${problem}. ${remedy}`));
    expect(await machine.left()).toEqual([]);
  });

  it("names the remedy for a home that cannot be written", async () => {
    await writeFile(machine.places.home, "a file");
    await expect(ensure()).rejects.toThrow(
      `${machine.versions} cannot be written: set PULUMI_HOME to a folder of yours, or put a Pulumi CLI on PATH`,
    );
  });

  it("names the command that compiles a language host that is missing", async () => {
    await machine.installGo();
    await rm(machine.places.companions.languageHost);
    await expect(ensure()).rejects.toThrow(`languageHost.js is missing: run "npm run build" first`);
    expect(await machine.left()).toEqual([]);
  });
});

describe("an installation of somebody else's", () => {
  it("is used as it is when it works", async () => {
    await machine.placePulumi("echo v3.245.0");
    expect(await ensure()).toMatchObject({ origin: "installed" });
    expect(await readdir(machine.bin)).toEqual(["pulumi"]);
  });

  it.each([
    ["does not run", "exit 4", /in .*bin does not run \(ended with code 4\) and is not overwritten: remove that folder/],
    ["is too old", "echo v3.100.0", /in .*bin is version 3\.100\.0 and is not overwritten: remove that folder/],
  ])("is never overwritten: one that %s", async (_, body, message) => {
    await machine.installGo();
    await machine.placePulumi(body);
    await expect(ensure()).rejects.toThrow(message);
    expect(await placed("pulumi")).toBe(`#!/bin/sh\n${body}\n`);
    expect(await machine.builds()).toBe(0);
    expect(await machine.left()).toEqual(["3.245.0"]);
  });
});

describe("two processes at once", () => {
  const lockFile = (): string => join(machine.versions, ".3.245.0.palisade-lock");
  const lock = async (content: string): Promise<void> => {
    await mkdir(machine.versions, { recursive: true });
    await writeFile(lockFile(), content);
  };

  it("build once: the second waits, says so and takes the result", async () => {
    await machine.installGo();
    await lock(`${process.pid}\n`);
    const outcome = ensure();
    await until("it waits", () => machine.lines.length > 0);
    expect(machine.lines).toEqual([`waiting for process ${process.pid}, which is getting the same Pulumi CLI (lock file ${lockFile()})`]);
    const binary = await machine.placePulumi("echo v3.245.0");
    await rm(lockFile());
    expect(await outcome).toMatchObject({ binary, origin: "installed" });
    expect(await machine.builds()).toBe(0);
  });

  it("are both served by one build", async () => {
    await machine.installGo();
    const [first, second] = await Promise.all([ensure(), ensure()]);
    expect(first).toEqual(second);
    expect(await machine.builds()).toBe(1);
    expect(await machine.left()).toEqual(["3.245.0"]);
  });

  it("do not wait for one that died, and clear up after it", async () => {
    await machine.installGo();
    const { pid } = spawnSync("/bin/sh", ["-c", ""]);
    await lock(`${pid}\n`);
    await mkdir(join(machine.versions, ".palisade-work-abandoned", "build"), { recursive: true });
    expect(await ensure()).toMatchObject({ origin: "built" });
    expect(machine.lines.join("\n")).not.toContain("waiting");
    expect(await machine.left()).toEqual(["3.245.0"]);
  });

  it("do not wait for a pid that lives again as something else", async () => {
    await machine.installGo();
    await lock(`${process.pid}\n`);
    const long = new Date(Date.now() - 120_000);
    await utimes(lockFile(), long, long);
    expect(await ensure()).toMatchObject({ origin: "built" });
  });

  it("can be interrupted while they wait", async () => {
    await lock(`${process.pid}\n`);
    const interrupt = new AbortController();
    const outcome = ensure(interrupt.signal);
    await until("it waits", () => machine.lines.length > 0);
    interrupt.abort(new Error("interrupted by this test"));
    await expect(outcome).rejects.toThrow("interrupted by this test");
    expect(await readFile(lockFile(), "utf8")).toBe(`${process.pid}\n`);
  });
});

describe("the official installer", () => {
  let server: Server;
  let script: string;

  beforeEach(async () => {
    server = createServer((_, response) => response.writeHead(script === "" ? 503 : 200).end(script)).listen(0, "127.0.0.1");
    await once(server, "listening");
    machine.places.installer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/install.sh`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  it("is preferred to a build, and what it brings is not changed", async () => {
    await machine.installGo();
    script = `[ "$1 $2 $4 $5" = "--no-edit-path --install-root --version 3.245.0" ] || exit 1\ncd "$3"\n${BUILD}\necho own > bin/pulumi-language-nodejs`;
    expect(await ensure()).toMatchObject({ origin: "downloaded", version: "3.245.0", binDirectory: machine.bin });
    expect((await readdir(machine.bin)).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
    expect(await ensure()).toMatchObject({ origin: "installed" });
    expect(await machine.left()).toEqual(["3.245.0"]);
    expect(await machine.builds()).toBe(0);
  });

  it.each([
    [
      "fails half way",
      `cd "$3"\n/bin/mkdir bin\necho half > bin/pulumi\necho 'connection reset' >&2\nexit 7`,
      /failed: ended with code 7\n {2}connection reset/,
    ],
    ["is not served", "", /cannot be reached \(it answered 503\)/],
  ])("is followed by a build when it %s", async (_, content, message) => {
    await machine.installGo();
    script = content;
    expect(await ensure()).toMatchObject({ origin: "built" });
    expect(machine.lines.join("\n")).toMatch(message);
    expect(await machine.left()).toEqual(["3.245.0"]);
  });
});
