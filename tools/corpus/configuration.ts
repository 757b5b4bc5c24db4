import { SHOP } from "./unreviewedCode.js";
import { type WrittenResource, type WrittenChange, labelWrittenChanges } from "./writtenChanges.js";

const API = "https://console.neon.tech/api/v2";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };
const withConfiguration = (
  recordedConfig: Readonly<Record<string, unknown>> | undefined,
  config: Readonly<Record<string, string | undefined>> = {},
) => ({
  streamOptions: { ...(recordedConfig && { recordedConfig: { "palisade:apiUrl": API, ...recordedConfig } }), config },
});
const buildStackResource = (outputs: Record<string, unknown>): WrittenResource => ({
  type: "pulumi:pulumi:Stack",
  name: "shop-dev",
  inputs: {},
  outputs,
});
const buildParameter = (value: string): WrittenResource => ({
  type: "aws:ssm/parameter:Parameter",
  name: "url",
  id: "url",
  inputs: { value },
});
const KEY = "napi_3k9x2m7q1z8w5v4t";
const URL = "postgresql://app:Xk29fjQ81@ep-quiet-lake-12345678.eu-central-1.aws.neon.tech/neondb";
const CHANGED = ["api-changed shop-dev"];
const EMPTY = buildStackResource({});
const base64 = Buffer.from(URL).toString("base64");
const ID = "3f1c9d52-7c1e-4b0e-9f0a-2d6f5f0a7b11";
const ANOTHER = "9a7b1c3d-1111-4222-8333-944445555666";

/** Changes of the provider's configuration, and secrets that leave it. */
export const configuration: readonly WrittenChange[] = [
  ...labelWrittenChanges("guards")([
    [
      "another host for the key",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "block",
      CHANGED,
      withConfiguration({}, { "palisade:apiUrl": "https://neon.example.com/api/v2" }),
    ],
    // NEON_API_HOST may then say it.
    [
      "the API's address no longer said",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "block",
      CHANGED,
      withConfiguration({}, { "palisade:apiUrl": undefined }),
    ],
    [
      "another organisation",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "block",
      CHANGED,
      withConfiguration({ "palisade:orgId": "org-one-1" }, { "palisade:orgId": "org-two-2" }),
    ],
    [
      "another mark of the stack",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "needsReview",
      CHANGED,
      withConfiguration({ "palisade:stackId": ID }, { "palisade:stackId": ANOTHER }),
    ],
    ["no mark of the stack any more", [EMPTY, SHOP], [EMPTY, SHOP], "needsReview", CHANGED, withConfiguration({ "palisade:stackId": ID })],
    ["further accounts", [EMPTY, SHOP], [EMPTY, SHOP], "needsReview", CHANGED, withConfiguration({}, { "palisade:accounts": "[secret]" })],
    [
      "no further accounts any more",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "needsReview",
      CHANGED,
      withConfiguration({ "palisade:accounts": SECRET }),
    ],
    [
      "a host that is secret",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "needsReview",
      [],
      { ...withConfiguration(undefined, { "palisade:apiUrl": "[secret]" }), unclear: true },
    ],
  ]),
  ...labelWrittenChanges("credentials")([
    [
      "a key in an output of the stack, in clear",
      [EMPTY, SHOP],
      [buildStackResource({ key: KEY }), SHOP],
      "block",
      ["secret-in-clear shop-dev"],
    ],
    [
      "an output that was secret, in clear",
      [buildStackResource({ word: "[secret]" }), SHOP],
      [buildStackResource({ word: "hunter2" }), SHOP],
      "block",
      ["secret-in-clear shop-dev"],
    ],
    [
      "a connection string in an output, in base64",
      [EMPTY, SHOP],
      [buildStackResource({ note: { text: base64 } }), SHOP],
      "block",
      ["secret-in-clear shop-dev"],
    ],
    [
      "a connection string in another provider's input, in clear",
      [SHOP, buildParameter("none")],
      [SHOP, buildParameter(URL)],
      "block",
      ["secret-in-clear url"],
    ],
  ]),
  ...labelWrittenChanges("harmless")([
    [
      "the same configuration",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "approve",
      [],
      withConfiguration({ "palisade:stackId": ID }, { "palisade:stackId": ID }),
    ],
    [
      "the same accounts, as far as that shows",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "approve",
      [],
      withConfiguration({ "palisade:accounts": SECRET }, { "palisade:accounts": "[secret]" }),
    ],
    [
      "a configuration where none is recorded yet",
      [],
      [EMPTY, { ...SHOP, id: "" }],
      "approve",
      [],
      withConfiguration(undefined, { "palisade:stackId": ID }),
    ],
    // The provider takes the slash off.
    [
      "the API's address with a slash at its end",
      [EMPTY, SHOP],
      [EMPTY, SHOP],
      "approve",
      [],
      withConfiguration({}, { "palisade:apiUrl": `${API}/` }),
    ],
    ["a secret output", [EMPTY, SHOP], [buildStackResource({ url: "[secret]" }), SHOP], "approve"],
    [
      "a host in an output",
      [EMPTY, SHOP],
      [buildStackResource({ host: "ep-quiet-lake-12345678.eu-central-1.aws.neon.tech" }), SHOP],
      "approve",
    ],
    [
      "a connection string without a password in an output",
      [EMPTY, SHOP],
      [buildStackResource({ url: "postgresql://app@ep-1.neon.tech/neondb" }), SHOP],
      "approve",
    ],
    ["a secret of ours in another provider's input", [SHOP, buildParameter("none")], [SHOP, buildParameter("[secret]")], "approve"],
  ]),
];
