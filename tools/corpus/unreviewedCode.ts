import { toTypeToken, type WrittenResource, type WrittenChange, labelWrittenChanges } from "./writtenChanges.js";

export const SHOP: WrittenResource = {
  type: toTypeToken("Project"),
  name: "shop",
  id: "quiet-lake-12345678",
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } },
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
};
const LARGER: WrittenResource = { ...SHOP, inputs: { ...SHOP.inputs, computeDefaults: { maxCu: 4 } } };
const buildResource = (type: string, name: string, inputs: Record<string, unknown>): WrittenResource => ({ type, name, id: "1", inputs });
const buildDynamicResource = (code: string, size = 1) =>
  buildResource("pulumi-nodejs:dynamic:Resource", "meter", { __provider: code, size });
const python = buildResource("pulumi-python:dynamic:Resource", "meter", { __provider: "gASV…" });
const buildCommand = (create: string) => buildResource("command:local:Command", "smoke", { create });
const buildRemoteCommand = (create: string) =>
  buildResource("command:remote:Command", "smoke", { create, connection: { host: "192.0.2.7" } });
const buildFile = (content: string) => buildResource("local:index/file:File", "note", { filename: "note.txt", content });
const buildBucket = (name: string, acl = "private") => buildResource("aws:s3/bucket:Bucket", name, { acl });
const buildRandomPet = (name: string) => buildResource("random:index/randomPet:RandomPet", name, { length: 2 });
const UNCLEAR = { unclear: true } as const;

/** Code that the update runs with the stack's secrets, and that nobody knows. The plugins are not to be had where the corpus is recorded. */
export const unreviewedCode: readonly WrittenChange[] = [
  ...labelWrittenChanges("unknown")([
    ["a dynamic resource of somebody's own", [SHOP], [SHOP, buildDynamicResource("fetch")], "needsReview", [], UNCLEAR],
    ["a dynamic resource of somebody's own, in Python", [SHOP], [SHOP, python], "needsReview", [], UNCLEAR],
    ["other code of a dynamic resource", [SHOP, buildDynamicResource("a")], [SHOP, buildDynamicResource("b")], "needsReview", [], UNCLEAR],
    [
      "another input of a dynamic resource",
      [SHOP, buildDynamicResource("a")],
      [SHOP, buildDynamicResource("a", 2)],
      "needsReview",
      [],
      UNCLEAR,
    ],
    [
      "a dynamic resource in the place of a provider's",
      [SHOP, buildBucket("logs")],
      [SHOP, { ...buildBucket("logs"), inputs: { __provider: "a" } }],
      "needsReview",
      [],
      UNCLEAR,
    ],
    ["a command", [SHOP], [SHOP, buildCommand("curl")], "needsReview", [], UNCLEAR],
    ["another command", [SHOP, buildCommand("true")], [SHOP, buildCommand("curl")], "needsReview", [], { ...UNCLEAR, listed: ["command"] }],
    ["a command elsewhere", [SHOP], [SHOP, buildRemoteCommand("curl")], "needsReview", [], { ...UNCLEAR, listed: ["command"] }],
    ["a file where the update runs", [SHOP], [SHOP, buildFile("#!/bin/sh")], "needsReview", [], { ...UNCLEAR, listed: ["local"] }],
    ["a provider that nobody has listed", [SHOP], [SHOP, buildBucket("logs")], "needsReview", [], { ...UNCLEAR, listed: ["random"] }],
    [
      "a provider beside those that are recorded",
      [SHOP, buildRandomPet("pet")],
      [SHOP, buildRandomPet("pet"), buildBucket("logs")],
      "needsReview",
      [],
      UNCLEAR,
    ],
  ]),
  ...labelWrittenChanges("harmless")([
    [
      "a larger compute beside a dynamic resource that stays",
      [SHOP, buildDynamicResource("a")],
      [LARGER, buildDynamicResource("a")],
      "approve",
    ],
    ["a larger compute beside a command that stays", [SHOP, buildCommand("true")], [LARGER, buildCommand("true")], "approve"],
    ["a dynamic resource less", [SHOP, buildDynamicResource("a")], [SHOP], "approve"],
    [
      "another resource of a recorded provider",
      [SHOP, buildRandomPet("pet")],
      [SHOP, buildRandomPet("pet"), buildRandomPet("second")],
      "approve",
    ],
    ["the first resource of a provider that is listed", [SHOP], [SHOP, buildBucket("logs")], "approve", [], { listed: ["aws"] }],
    [
      "a first deployment with a provider that is listed",
      [],
      [{ ...SHOP, id: "" }, buildRandomPet("pet")],
      "approve",
      [],
      { listed: ["random"] },
    ],
  ]),
];
