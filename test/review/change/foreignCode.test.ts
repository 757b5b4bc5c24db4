import type { BaseListing } from "../../../review/change/unknownCode.js";
import { toTypeToken, reviewStream, type Stream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Code that an update would run with the stack's secrets, and that nobody has looked at. */

const SHOP: WrittenResource = {
  type: toTypeToken("Project"),
  name: "shop",
  id: "quiet-lake-12345678",
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } },
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
};
const other = (type: string, inputs: Record<string, unknown> = {}, name = "other"): WrittenResource => ({ type, name, id: "1", inputs });
const bucket = (tag: string): WrittenResource => other("aws:s3/bucket:Bucket", { tag });
const code = (text: string): WrittenResource => other("pulumi-nodejs:dynamic:Resource", { __provider: text });

const BASE: BaseListing = { packages: new Set(["aws"]), mayMove: () => false };

/** As the engine would tell, with provider resources in state and plan, which events leave out. */
function withProviders(stream: Stream, recorded: Record<string, object>, planned: Record<string, object>): Stream {
  const urn = (name: string) => `urn:pulumi:dev::shop::pulumi:providers:${name}`;
  const state = JSON.parse(stream.state) as { deployment: { resources: object[] } };
  for (const [name, inputs] of Object.entries(recorded))
    state.deployment.resources.push({ urn: urn(name), type: `pulumi:providers:${name.split("::")[0] ?? ""}`, inputs });
  const plan = JSON.parse(stream.plan) as { resourcePlans: Record<string, object> };
  for (const [name, inputDiff] of Object.entries(planned)) plan.resourcePlans[urn(name)] = { goal: { inputDiff } };
  return { ...stream, state: JSON.stringify(state), plan: JSON.stringify(plan) };
}

const whyOf = async (stream: Stream, base?: BaseListing) => {
  const { verdict, unjudged } = await reviewStream(stream, { base });
  return { verdict, why: unjudged.map(({ why }) => why).join("; ") };
};
const refused = async (stream: Stream, why: RegExp, base?: BaseListing) => {
  const said = await whyOf(stream, base);
  expect(said).toEqual({ verdict: "needsReview", why: expect.stringMatching(why) as string });
};
const approved = async (stream: Stream, base?: BaseListing) => {
  expect(await whyOf(stream, base)).toEqual({ verdict: "approve", why: "" });
};

describe("a dynamic resource that is not ours", () => {
  it.each([
    ["of Node.js", "pulumi-nodejs:dynamic:Resource"],
    ["of Node.js, in a module", "pulumi-nodejs:dynamic/billing:Meter"],
    ["of Python", "pulumi-python:dynamic:Resource"],
    ["under a name that pretends to be of another provider", "aws:s3/bucket:Bucket"],
  ])("%s is not judged when it is new, whatever the base lists", async (_, type) => {
    await refused(
      buildStream([SHOP], [SHOP, other(type, { __provider: "exports.handler = …" })]),
      /dynamic resource that is not Palisade's/,
      BASE,
    );
  });

  it("is not judged when it changes, and is when it stays", async () => {
    const more = other("pulumi-nodejs:dynamic:Resource", { __provider: "a", size: 2 });
    await refused(buildStream([SHOP, code("a")], [SHOP, more]), /dynamic resource/);
    await approved(buildStream([SHOP, code("a")], [SHOP, code("a")]));
  });

  it("is not judged when its own diff says that nothing changed, and its code did", async () => {
    const stream = buildStream([SHOP, code("a")], [SHOP, code("b")]);
    const events = stream.events.map((event) =>
      event
        .replace(/"op":"update"/g, '"op":"same"')
        .replace('"update":1', '"same":2')
        .replace('"same":1,', ""),
    );
    await refused({ ...stream, events }, /dynamic resource/);
  });
});

it.each(["command:local:Command", "command:remote:Command", "local:index/file:File"])(
  "%s runs what it says, so it is not judged although it is recorded and listed",
  async (type) => {
    const base = { ...BASE, packages: new Set(["command", "local"]) };
    await refused(
      buildStream([SHOP, other(type, { create: "true" })], [SHOP, other(type, { create: "curl" })]),
      /run commands or write files/,
      base,
    );
    await approved(buildStream([SHOP, other(type)], [SHOP, other(type)]), base);
  },
);

describe("a provider", () => {
  it("that is neither recorded nor listed at the base is not judged", async () => {
    await refused(buildStream([SHOP], [SHOP, bucket("a")]), /aws is neither recorded nor listed/);
    await refused(buildStream([SHOP, bucket("a")], [SHOP, bucket("a"), other("datadog:index/monitor:Monitor", {}, "m")]), /datadog/, BASE);
  });

  it("that is recorded, or listed at the base, holds nobody up: the first deployment of a stack as well", async () => {
    await approved(buildStream([SHOP, bucket("a")], [SHOP, bucket("b")]));
    await approved(buildStream([SHOP], [SHOP, bucket("a")]), BASE);
    await approved(withProviders(buildStream([], [bucket("a")]), {}, { "aws::default_7_48_0": { adds: { version: "7.48.0" } } }), BASE);
  });

  it("that builds a component, or only reads, is found by the plan", async () => {
    const component = buildStream([SHOP], [SHOP]);
    await refused(withProviders(component, {}, { "awsx::default_3_0_0": { adds: { version: "3.0.0" } } }), /awsx is neither/, BASE);
  });

  it("in the version and from the source that are recorded is known", async () => {
    const at = { version: "7.48.0", __internal: {} };
    await approved(withProviders(buildStream([SHOP], [SHOP, bucket("a")]), { "aws::default_7_48_0": at }, { "aws::default_7_48_0": {} }));
    const explicit = { "aws::eu": { adds: { version: "7.48.0", region: "eu-central-1" } } };
    await approved(withProviders(buildStream([SHOP], [SHOP]), { "aws::default_7_48_0": at }, explicit));
  });

  it.each([
    [
      "another version",
      { "aws::default_7_49_0": { adds: { version: "7.49.0" } } },
      /another version \(7\.49\.0\) than is recorded \(7\.48\.0\)/,
    ],
    [
      "another source",
      { "aws::eu": { adds: { version: "7.48.0", __internal: { pluginDownloadURL: "https://evil.example" } } } },
      /another source/,
    ],
    [
      "another source, as older engines write it",
      { "aws::eu": { adds: { version: "7.48.0", pluginDownloadURL: "https://evil.example" } } },
      /another source/,
    ],
    ["another plugin under the recorded name", { "aws::default_7_48_0": { updates: { __internal: { name: "evil" } } } }, /another source/],
    ["a source that nobody can read", { "aws::default_7_48_0": { updates: "evil" } }, /another source/],
  ])("in %s is other code", async (_, planned, why) => {
    const recorded = { "aws::default_7_48_0": { version: "7.48.0", __internal: {} } };
    await refused(withProviders(buildStream([SHOP], [SHOP]), recorded, planned), why, BASE);
  });

  it("of another source is other code on a first deployment, too", async () => {
    const planned = { "aws::eu": { adds: { __internal: { pluginDownloadURL: "https://evil.example" } } } };
    await refused(withProviders(buildStream([SHOP], [SHOP]), {}, planned), /another source/, BASE);
  });

  it("may come in a version that a rule of the base lets pass", async () => {
    const stream = withProviders(
      buildStream([SHOP], [SHOP]),
      { "aws::default_7_48_0": { version: "7.48.0" } },
      { "aws::default_7_48_1": { adds: { version: "7.48.1" } } },
    );
    await approved(stream, { ...BASE, mayMove: (name, from, to) => name === "aws" && from === "7.48.0" && to === "7.48.1" });
  });

  it("of our own resources is the engine's, and nobody else's plugin", async () => {
    const nodejs = (adds: object) => withProviders(buildStream([], [SHOP]), {}, { "pulumi-nodejs::default": { adds } });
    expect((await whyOf(nodejs({ "palisade:apiUrl": "x" }))).why).toBe("");
    await refused(nodejs({ version: "1.0.0" }), /another version/);
    await refused(nodejs({ __internal: { pluginDownloadURL: "https://evil.example" } }), /another source/);
  });
});

it("Terraform modules run provisioners, so none is judged", async () => {
  const source = { name: "terraform-module", parameterization: { name: "vpc", version: "5.0.0", value: "e30=" } };
  const plugin = { version: "5.0.0", __internal: source };
  const module = (cidr: string) => other("vpc:index:Module", { cidr });
  const stream = withProviders(buildStream([SHOP, module("a")], [SHOP, module("b")]), { "vpc::default": plugin }, { "vpc::default": {} });
  await refused(stream, /run commands/);
});
