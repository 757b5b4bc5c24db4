import * as aws from "../../components/aws/index.js";
import * as azure from "../../components/azure/index.js";
import { cloudControls, UNTAGGABLE } from "../../policy/controls/clouds.js";
import { judge } from "../../policy/judge.js";
import { SdkSchema } from "../../tools/counterparts/providers/sdkSchema.js";
import { COMPONENTS } from "./allComponents.js";
import { listenToPrograms, type Registered, registrationsOf, toSubject } from "./mocks.js";

/** Every child of every component, as the pack sees it. */
beforeAll(listenToPrograms);

const SDKS = { aws: new SdkSchema("@pulumi/aws"), "azure-native": new SdkSchema("@pulumi/azure-native") };
const isOfCloud = ({ type }: Registered) => /^(?:aws|azure-native):/.test(type);
const hasTags = (type: string): boolean => {
  const sdk = type.startsWith("aws:") ? SDKS.aws : SDKS["azure-native"];
  return sdk.getResource(type).inputs["tags"] !== undefined;
};
/** A second write of a vault's key changes nothing, its tags neither. */
const WRITTEN_ONCE = ["azure-native:keyvault:Key"];

it("every component that is exported is walked over", () => {
  const exported = [aws, azure]
    .flatMap((one) => Object.values<{ readonly __pulumiType: string }>(one))
    .map(({ __pulumiType }) => __pulumiType);
  expect(Object.keys(COMPONENTS).sort()).toEqual(exported.sort());
});

it.each(Object.entries(COMPONENTS))("%s: what has tags bears the three, and the pack objects to no child", async (_component, program) => {
  const children = (await registrationsOf(program)).filter(isOfCloud);
  expect(children.length).toBeGreaterThan(0);
  const untagged = children.filter(({ type }) => !hasTags(type) || WRITTEN_ONCE.includes(type)).map(({ type }) => type);
  expect(untagged.filter((type) => !UNTAGGABLE.has(type))).toEqual([]);
  expect(children.filter(({ type }) => UNTAGGABLE.has(type) && !untagged.includes(type))).toEqual([]);
  const subjects = children.map(toSubject);
  expect(cloudControls.flatMap((control) => judge(control, subjects))).toEqual([]);
});

it("no type stands among those without tags that no component makes", async () => {
  const made = new Set<string>();
  for (const program of Object.values(COMPONENTS)) for (const { type } of await registrationsOf(program)) made.add(type);
  expect([...UNTAGGABLE].filter((type) => !made.has(type))).toEqual([]);
});
