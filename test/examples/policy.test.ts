import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { isOfComponent } from "../../contract/components.js";
import { controls } from "../../policy/controls/index.js";
import { judge, type Verdict } from "../../policy/judge.js";
import type { Subject } from "../../policy/subject.js";
import { listenToPrograms, type Registered, registrationsOfRun, toSubject } from "../components/mocks.js";

/**
 * What each example makes at a cloud, as the policy pack sees it: an example is what people copy. 11-policy-weak objects on purpose, by what it
 * declares of Neon; it makes nothing at a cloud, and so do the others that are not listed.
 */
beforeAll(listenToPrograms);

const EXAMPLES = resolve(__dirname, "../../examples");
const CLOUD = /^(?:aws|azure-native):/;
const CLOUD_IMPORT = /from "@(?:pulumi\/(?:aws|azure-native)|palisade\/neon\/(?:aws|azure))\b/;

const PRINCIPALS = ["arn:aws:iam::111122223333:role/one"];
const GUID = "33333333-3333-4333-8333-333333333333";
/** What each is configured with, by the names of its settings. */
const CONFIG: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "14-aws-customer-key": { organizationId: "org-cool-mode-12345678", userRoleArn: PRINCIPALS[0], administrators: PRINCIPALS },
  "15-azure-customer-key": { vaultName: "acme", tenantId: GUID, principalId: GUID },
  "16-aws-private-network": { flowLogsBucketArn: "arn:aws:s3:::flow-logs" },
  "17-azure-private-network": { flowLogsStorageId: "/id/logs" },
  "18-aws-baseline": {
    people: Object.fromEntries(["deployer", "reader", "operator", "breakGlass"].map((role) => [role, PRINCIPALS])),
    bucketArns: ["arn:aws:s3:::shop-backups"],
    externalId: "pipeline-of-the-shop",
  },
  "19-azure-baseline": { vaultName: "acme", tenantId: GUID, auditorId: GUID, operatorId: GUID },
};

const textOf = (example: string): string => {
  const file = join(EXAMPLES, example, "index.ts");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
};
/** Runs the program of an example as Pulumi would, with an engine that only listens. */
function runExample(example: string): Promise<Registered[]> {
  const settings = Object.entries(CONFIG[example] ?? {}).map(
    ([name, value]) => [`shop:${name}`, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  pulumi.runtime.setAllConfig(Object.fromEntries(settings));
  return registrationsOfRun(() => import(join(EXAMPLES, example, "index.ts")) as Promise<object>);
}

const mandatory = controls.filter(({ level }) => level === "mandatory");
const judgeAll = (subjects: readonly Subject[]): Verdict[] => mandatory.flatMap((control) => judge(control, subjects));

it("every example that makes something at a cloud is run", () => {
  const examples = readdirSync(EXAMPLES).filter((example) => CLOUD_IMPORT.test(textOf(example)));
  expect(Object.keys(CONFIG).sort()).toEqual(examples.sort());
});

it.each(Object.keys(CONFIG))("%s: no mandatory control objects to what it makes at a cloud", async (example) => {
  const made = (await runExample(example)).filter(({ type }) => CLOUD.test(type));
  expect(made.filter(({ urn }) => isOfComponent(urn)).length).toBeGreaterThan(1);
  const subjects = made.map(toSubject);
  expect(judgeAll(subjects)).toEqual([]);
  // Judged at all: without its tags the same children are objected to.
  const untagged = subjects.map((one) => ({ ...one, inputs: { ...one.inputs, tags: {} } }));
  expect(judgeAll(untagged).length).toBeGreaterThan(0);
});
