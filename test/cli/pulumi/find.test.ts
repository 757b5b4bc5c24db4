import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findPulumi, isSupported, getPulumiHome, type Pulumi } from "../../../cli/pulumi/findPulumi.js";
import { Machine } from "../../support/machine.js";

describe("finding the Pulumi CLI", () => {
  let machine: Machine;
  beforeEach(async () => (machine = await Machine.create()));
  afterEach(() => machine.dispose());

  const find = (): Promise<Pulumi | undefined> => findPulumi({ env: machine.places.env, home: machine.places.home, log: machine.log });

  it("takes the one on PATH before the installed one", async () => {
    const binary = await machine.installPulumi("3.260.1");
    await machine.placePulumi("echo v3.245.0");
    expect(await find()).toEqual({ binary, version: "3.260.1", origin: "path", binDirectory: join(machine.root, "path") });
    expect(machine.lines).toEqual([]);
  });

  it("passes over one on PATH that is too old, saying so in one line", async () => {
    const old = await machine.installPulumi("3.215.9");
    const binary = await machine.placePulumi("echo v3.245.0");
    expect(await find()).toEqual({ binary, version: "3.245.0", origin: "installed", binDirectory: machine.bin });
    expect(machine.lines).toEqual([`skipping ${old}: version 3.215.9 is not supported, 3.216.0 or a later 3.x is needed`]);
  });

  it("passes over one on PATH that comes without its Node plugins", async () => {
    await machine.install("pulumi-resource-pulumi-nodejs", "");
    const bare = await machine.install("pulumi", "echo v3.245.0");
    expect(await find()).toBeUndefined();
    expect(machine.lines).toEqual([`skipping ${bare}: pulumi-language-nodejs is neither beside it nor on PATH`]);
  });

  it.each([
    ["fails", "echo broken >&2; exit 3", "it does not run: ended with code 3\n  broken"],
    ["answers nonsense", "echo hello", 'it does not run: "pulumi version" answered "hello"'],
  ])("passes over one on PATH that %s", async (_, body, problem) => {
    const broken = await machine.install("pulumi", body);
    expect(await find()).toBeUndefined();
    expect(machine.lines).toEqual([`skipping ${broken}: ${problem}`]);
  });

  it("does not take a folder, or an installed one that does not run, for a CLI", async () => {
    await mkdir(join(machine.root, "path", "pulumi"));
    await machine.placePulumi("exit 1");
    expect(await find()).toBeUndefined();
    expect(machine.lines).toEqual([]);
  });
});

describe("the releases that work", () => {
  it.each(["3.216.0", "3.216.1", "3.245.0", "3.1000.0", "3.217.0-alpha.1", "3.245.0+dirty"])("include %s", (version) => {
    expect(isSupported(version)).toBe(true);
  });
  it.each(["3.215.99", "3.216.0-beta.2", "2.300.0", "4.0.0", "0.0.0"])("do not include %s", (version) => {
    expect(isSupported(version)).toBe(false);
  });
});

it("Pulumi's home is what PULUMI_HOME says, else .pulumi in the user's", () => {
  expect(getPulumiHome({ PULUMI_HOME: "/somewhere" })).toBe("/somewhere");
  expect(getPulumiHome({})).toMatch(/\/\.pulumi$/);
});
