import { ours, type Written, type WrittenChange, writtenChanges } from "./written.js";

export const SHOP: Written = {
  ...{ type: ours("Project"), name: "shop", id: "quiet-lake-12345678" },
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } },
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
};
const LARGER: Written = { ...SHOP, inputs: { ...SHOP.inputs, computeDefaults: { maxCu: 4 } } };
const other = (type: string, name: string, inputs: Record<string, unknown>): Written => ({ type, name, id: "1", inputs });
const dynamic = (code: string, size = 1) => other("pulumi-nodejs:dynamic:Resource", "meter", { __provider: code, size });
const python = other("pulumi-python:dynamic:Resource", "meter", { __provider: "gASV…" });
const command = (create: string) => other("command:local:Command", "smoke", { create });
const remote = (create: string) => other("command:remote:Command", "smoke", { create, connection: { host: "192.0.2.7" } });
const file = (content: string) => other("local:index/file:File", "note", { filename: "note.txt", content });
const bucket = (name: string, acl = "private") => other("aws:s3/bucket:Bucket", name, { acl });
const random = (name: string) => other("random:index/randomPet:RandomPet", name, { length: 2 });
const UNCLEAR = { unclear: true } as const;

/** Code that the update runs with the stack's secrets, and that nobody knows. The plugins are not to be had where the corpus is recorded. */
export const foreign: readonly WrittenChange[] = [
  ...writtenChanges("unknown")([
    ["a dynamic resource of somebody's own", [SHOP], [SHOP, dynamic("fetch")], "needsReview", [], UNCLEAR],
    ["a dynamic resource of somebody's own, in Python", [SHOP], [SHOP, python], "needsReview", [], UNCLEAR],
    ["other code of a dynamic resource", [SHOP, dynamic("a")], [SHOP, dynamic("b")], "needsReview", [], UNCLEAR],
    ["another input of a dynamic resource", [SHOP, dynamic("a")], [SHOP, dynamic("a", 2)], "needsReview", [], UNCLEAR],
    [
      "a dynamic resource in the place of a provider's",
      [SHOP, bucket("logs")],
      [SHOP, { ...bucket("logs"), inputs: { __provider: "a" } }],
      "needsReview",
      [],
      UNCLEAR,
    ],
    ["a command", [SHOP], [SHOP, command("curl")], "needsReview", [], UNCLEAR],
    ["another command", [SHOP, command("true")], [SHOP, command("curl")], "needsReview", [], { ...UNCLEAR, listed: ["command"] }],
    ["a command elsewhere", [SHOP], [SHOP, remote("curl")], "needsReview", [], { ...UNCLEAR, listed: ["command"] }],
    ["a file where the update runs", [SHOP], [SHOP, file("#!/bin/sh")], "needsReview", [], { ...UNCLEAR, listed: ["local"] }],
    ["a provider that nobody has listed", [SHOP], [SHOP, bucket("logs")], "needsReview", [], { ...UNCLEAR, listed: ["random"] }],
    ["a provider beside those that are recorded", [SHOP, random("pet")], [SHOP, random("pet"), bucket("logs")], "needsReview", [], UNCLEAR],
  ]),
  ...writtenChanges("harmless")([
    ["a larger compute beside a dynamic resource that stays", [SHOP, dynamic("a")], [LARGER, dynamic("a")], "approve"],
    ["a larger compute beside a command that stays", [SHOP, command("true")], [LARGER, command("true")], "approve"],
    ["a dynamic resource less", [SHOP, dynamic("a")], [SHOP], "approve"],
    ["another resource of a recorded provider", [SHOP, random("pet")], [SHOP, random("pet"), random("second")], "approve"],
    ["the first resource of a provider that is listed", [SHOP], [SHOP, bucket("logs")], "approve", [], { listed: ["aws"] }],
    ["a first deployment with a provider that is listed", [], [{ ...SHOP, id: "" }, random("pet")], "approve", [], { listed: ["random"] }],
  ]),
];
