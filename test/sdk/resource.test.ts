import * as pulumi from "@pulumi/pulumi";
import { buildStoredProvider } from "../../contract/stored.js";
import { catalogue } from "../../provider/resources/index.js";
import * as neon from "../../sdk/index.js";
import { type KindDescription, NeonResource } from "../../sdk/resource.js";
import type { z } from "zod";

/** What the provider makes up, or the API does. */
const NO_INPUT: Readonly<Record<string, readonly string[]>> = { "{owner}/{keyId}": ["owner"] };

/** What reaches the engine, by name of the resource. */
const registered = new Map<string, pulumi.runtime.MockResourceArgs>();

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        registered.set(args.name, args);
        return { id: "quiet-lake-1/br-dry-sun-1", state: args.inputs as Record<string, unknown> };
      },
      call: () => ({}),
    },
    "shop",
    "dev",
  );
});

const value = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

/** A kind with a secret, which none of ours has yet. */
class Safe extends NeonResource {
  declare readonly pin: pulumi.Output<string>;
  constructor(name: string, args: neon.CommonArgs & { pin: pulumi.Input<string> }, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "Safe", secrets: ["pin"], outputs: ["address"] } satisfies KindDescription, name, args, opts);
  }
}

describe("a resource of the SDK", () => {
  it("registers under our token, with the constant text and its own URN as mark", async () => {
    const project = new neon.Project("p", { name: "p", regionId: "aws-eu-central-1", network: { allow: "nobody" } });
    await value(project.urn);
    expect(registered.get("p")).toMatchObject({
      type: "pulumi-nodejs:dynamic/palisade:Project",
      inputs: {
        name: "p",
        __provider: buildStoredProvider("Project"),
        managedBy: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/palisade:Project::p",
      },
    });
  });

  it.each(Object.entries(catalogue))("of %s every part of the id is an id, or an input says that it becomes it", (_, { id, inputs }) => {
    const parts = [...id.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).filter((name) => !name.endsWith("Id"));
    const said = Object.entries(inputs.shape as Record<string, z.ZodType>).map(([name, field]) => field.meta()?.idPart ?? name);
    expect(parts.filter((name) => !said.includes(name))).toEqual(NO_INPUT[id] ?? []);
  });

  it.each(Object.keys(catalogue))("%s is known to policies by its token", (kind) => {
    expect((neon as unknown as Record<string, { __pulumiType: string }>)[kind]?.__pulumiType).toBe(
      `pulumi-nodejs:dynamic/palisade:${kind}`,
    );
    expect(Buffer.byteLength(buildStoredProvider(kind))).toBeLessThanOrEqual(80);
  });

  it("leaves the program's own stack traces as long as they were, also where it is refused", () => {
    const before = Error.stackTraceLimit;
    new neon.Project("traced", { name: "p", regionId: "aws-eu-central-1", network: { allow: "nobody" } });
    expect(Error.stackTraceLimit).toBe(before);
    expect(() => new neon.Branch("traced", { projectId: "p", name: "b" }, { parent: "no resource" as never })).toThrow();
    expect(Error.stackTraceLimit).toBe(before);
  });

  type Untyped = new (name: string, args?: unknown) => pulumi.Resource;
  const untyped = (kind: string) => (neon as unknown as Record<string, Untyped>)[kind] as Untyped;

  it.each(Object.keys(catalogue))("%s reaches the check without arguments, which names what is required", async (kind) => {
    for (const [index, args] of [undefined, null, {}].entries()) {
      const name = `${kind}-${index}`;
      await value(new (untyped(kind))(name, args).urn);
      expect(Object.keys(registered.get(name)?.inputs as object).sort()).toEqual(["__provider", "managedBy"]);
    }
  });

  it.each(Object.keys(catalogue))("%s refuses arguments that are no object in a sentence", (kind) => {
    for (const args of [[], "text", 5, true, Promise.resolve({}), pulumi.output({})])
      expect(() => new (untyped(kind))("x", args)).toThrow(
        /^The arguments of a resource are not an object: .+ "x": a .+\[PAL_BAD_ARGUMENTS\]$/,
      );
  });

  it("gives the parts of its id, which stay known in previews", async () => {
    const branch = new neon.Branch("b", { projectId: "quiet-lake-1", name: "b" });
    expect(await value(branch.branchId)).toBe("br-dry-sun-1");
  });

  it("marks declared secrets before they leave the program", async () => {
    const safe = new Safe("s", { pin: "1234" });
    expect(await pulumi.isSecret(safe.pin)).toBe(true);
    expect(await value(safe.pin)).toBe("1234");
  });

  it("a ProtectedBranch is a Branch that is protected", async () => {
    const branch = new neon.ProtectedBranch("pb", { projectId: "quiet-lake-1", name: "production" });
    await value(branch.urn);
    expect(registered.get("pb")).toMatchObject({ type: "pulumi-nodejs:dynamic/palisade:Branch", inputs: { protected: true } });
  });
});

describe("options", () => {
  it("of a ProtectedBranch protect it, unless the program says otherwise", () => {
    const args = { projectId: "quiet-lake-1", name: "x" };
    expect(new neon.ProtectedBranch("pb1", args)).toHaveProperty("__protect", true);
    expect(new neon.ProtectedBranch("pb2", args, { protect: false })).toHaveProperty("__protect", false);
  });

  it("of an adopted object protect it, unless the program says otherwise", () => {
    const args = { projectId: "quiet-lake-1", name: "x", adopt: "quiet-lake-1/br-dry-sun-1" };
    expect(new neon.Branch("a1", args)).toHaveProperty("__protect", true);
    expect(new neon.Branch("a2", args, { protect: false })).toHaveProperty("__protect", false);
  });

  it("are not invented for others", () => {
    expect(new neon.Branch("n1", { projectId: "quiet-lake-1", name: "x" })).not.toHaveProperty("__protect", true);
  });
});
