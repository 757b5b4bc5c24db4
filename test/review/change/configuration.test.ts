import { buildChange } from "../../../review/change/change.js";
import { judgeConfiguration, findSecretApiUrl } from "../../../review/change/configuration.js";
import type { Preview } from "../../../review/change/previewEvents.js";
import { parseState } from "../../../review/change/state.js";

const PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:pulumi-nodejs::default";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };

function changed(inputs: Record<string, unknown>, config: Record<string, string>) {
  const resources = [{ urn: PROVIDER, type: "pulumi:providers:pulumi-nodejs", inputs }];
  const preview: Preview = { steps: [], config, policyPacks: {}, violations: [], remediated: [], refusedByPolicy: false };
  return buildChange({ preview, state: parseState(JSON.stringify({ version: 3, deployment: { resources } })) });
}
const found = (inputs: Record<string, unknown>, config: Record<string, string>) =>
  judgeConfiguration(changed(inputs, config)).map(({ property, severity, before, after }) => [property, severity, before, after]);

test.each([
  ["palisade:apiUrl", "high"],
  ["palisade:orgId", "high"],
  ["palisade:stackId", "medium"],
])("another %s is a finding", (name, severity) => {
  expect(found({ [name]: "one" }, { [name]: "two" })).toEqual([[name, severity, "one", "two"]]);
  expect(found({ [name]: "one" }, {})).toEqual([[name, severity, "one", "not set"]]);
  expect(found({ [name]: "one" }, { [name]: "one" })).toEqual([]);
});

test("accounts that come or go are a finding; whether secret ones change cannot be seen, and nothing is claimed of it", () => {
  expect(found({}, { "palisade:accounts": "[secret]" })).toEqual([["palisade:accounts", "medium", "not set", "[secret]"]]);
  expect(found({ "palisade:accounts": SECRET }, {})).toEqual([["palisade:accounts", "medium", "[secret]", "not set"]]);
  expect(found({ "palisade:accounts": SECRET }, { "palisade:accounts": "[secret]" })).toEqual([]);
  expect(found({ "palisade:accounts": "in clear" }, { "palisade:accounts": "[secret]" })).toHaveLength(1);
});

test("a host that is secret is not judged", () => {
  expect(findSecretApiUrl(changed({}, { "palisade:apiUrl": "[secret]" }))).toHaveLength(1);
});
