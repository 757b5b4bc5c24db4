import fc from "fast-check";
import { listClearSecrets, hasSecret } from "../../../review/change/secretsInClear.js";
import { parseState } from "../../../review/change/state.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Secrets of ours that a program hands on in clear. */

const KEY = "napi_a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0a1b2";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "[secret]" };
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SHOP: WrittenResource = {
  type: toTypeToken("Project"),
  name: "shop",
  id: "quiet-lake-12345678",
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } },
  outputs: { defaultBranchId: "br-quiet-lake-12345678" },
};
const stack = (outputs: Record<string, unknown>): WrittenResource => ({
  type: "pulumi:pulumi:Stack",
  name: "shop-dev",
  inputs: {},
  outputs,
});
const parameter = (value: unknown): WrittenResource => ({ type: "aws:ssm/parameter:Parameter", name: "url", id: "url", inputs: { value } });

async function found(before: readonly WrittenResource[], after: readonly WrittenResource[]) {
  const { verdict, findings } = await reviewStream(buildStream([SHOP, ...before], [SHOP, ...after]));
  return [verdict, ...findings.map(({ rule, severity, property }) => `${rule} ${severity} ${property ?? ""}`)];
}

test.each([
  ["a key", KEY],
  ["a connection string", `postgresql://app:npg_AbCdEfGh1234@ep-quiet-lake-12345678.eu-central-1.aws.neon.tech/neondb`],
  ["a key within a sentence", `curl -H 'authorization: Bearer ${KEY}'`],
  ["a key in base64", Buffer.from(KEY).toString("base64")],
  ["a key in base64, inside of a file", `{"auth":"${Buffer.from(`user:${KEY}`).toString("base64url")}"}`],
  ["a key in hexadecimal", Buffer.from(KEY).toString("hex")],
  ["a key backwards", Buffer.from(KEY).reverse().toString()],
])("%s as a stack output, or as an input of another provider, blocks", async (_, value) => {
  expect(await found([stack({})], [stack({ leak: value })])).toEqual(["block", "secret-in-clear high leak"]);
  expect(await found([stack({})], [stack({ deep: { list: ["x", value] } })])).toEqual(["block", "secret-in-clear high deep.list.1"]);
  expect(await found([parameter("x")], [parameter(value)])).toEqual(["block", "secret-in-clear high value"]);
});

test("an output that stops being secret blocks, whatever was made of the secret", async () => {
  expect(await found([stack({ hash: SECRET })], [stack({ hash: "2c26b46b" })])).toEqual(["block", "secret-in-clear high hash"]);
  expect(await found([stack({ all: SECRET })], [stack({ all: { hash: "2c26b46b" } })])).toEqual(["block", "secret-in-clear high all.hash"]);
});

test("what is in clear already asks for a person until it is gone", async () => {
  expect(await found([stack({ leak: KEY })], [stack({ leak: KEY })])).toEqual(["needsReview", "secret-in-clear medium leak"]);
  expect(await found([stack({ leak: KEY })], [stack({})])).toEqual(["approve"]);
});

test("secrets that stay secret, unknown values and ordinary texts are no findings", async () => {
  const honest = {
    key: SECRET,
    later: UNKNOWN,
    host: "ep-quiet-lake-12345678.eu-central-1.aws.neon.tech",
    ids: ["br-quiet-lake-12345678"],
  };
  expect(await found([stack({})], [stack(honest)])).toEqual(["approve"]);
  expect(await found([parameter("x")], [parameter(SECRET)])).toEqual(["approve"]);
});

test("no ordinary text is taken for a secret", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uuid(),
        fc.domain(),
        fc.ipV4(),
        fc.base64String({ maxLength: 200 }),
        fc.constant("Bearer tokens of the shop"),
        fc.lorem(),
      ),
      (text) => !hasSecret(text),
    ),
  );
});

test("a state says where it holds secrets in clear, which a preview could not see", () => {
  const urn = (name: string) => `urn:pulumi:dev::shop::t::${name}`;
  const resources = [
    { urn: urn("shop-dev"), type: "pulumi:pulumi:Stack", outputs: { leak: KEY, key: SECRET } },
    { urn: urn("url"), type: "aws:ssm/parameter:Parameter", inputs: { value: KEY, name: "url" } },
  ];
  const state = parseState(JSON.stringify({ version: 3, deployment: { resources } }));
  expect(listClearSecrets(state)).toEqual(["output leak", "url.value"]);
});
