import { canonicalizeJson } from "../../../../contract/canonicalJson.js";
import { getValueAt } from "../../../../contract/values.js";
import { isProperties, type Properties } from "../../../../provider/introspection.js";
import { comparePatterns } from "./eventPatterns.js";
import { TYPES } from "./types.js";
import { joinOrNone, listObjects, type Sides, type Weakening } from "./weakening.js";

/** What lists and patterns of a baseline's resources say, compared by what they record, keep, tell. */

type Compare = (before: Properties, after: Properties) => Weakening[];

/** Each thing that is recorded, in one spelling; what limits it is part of it. */
function listRecordedEvents({ advancedEventSelectors, eventSelectors }: Properties): string[] {
  const advanced = listObjects(advancedEventSelectors).flatMap(({ fieldSelectors }) => {
    const fields = listObjects(fieldSelectors);
    const of = fields.find(({ field }) => field === "resources.ARN");
    const rest = fields.filter((one) => one !== of).map(canonicalizeJson);
    const resources = Array.isArray(of?.["startsWiths"])
      ? of["startsWiths"].map(String)
      : [of === undefined ? "everything" : canonicalizeJson(of)];
    return resources.map((resource) => `${rest.sort().join(" ")} of ${resource}`);
  });
  return [...advanced, ...listObjects(eventSelectors).map(canonicalizeJson)];
}

/** Whether all management events are recorded, by a selector of either form. */
const recordsManagement = ({ advancedEventSelectors, eventSelectors }: Properties): boolean =>
  listObjects(advancedEventSelectors).some(({ fieldSelectors }) => {
    const [only, ...others] = listObjects(fieldSelectors);
    const values = only?.["field"] === "eventCategory" ? only["equals"] : undefined;
    return others.length === 0 && Array.isArray(values) && values.includes("Management");
  }) ||
  listObjects(eventSelectors).some(
    ({ includeManagementEvents = true, readWriteType = "All", excludeManagementEventSources }) =>
      includeManagementEvents === true &&
      readWriteType === "All" &&
      [undefined, "[]"].includes(canonicalizeJson(excludeManagementEventSources)),
  );

const compareTrails: Compare = (before, after) => {
  const [was, is] = [listRecordedEvents(before), listRecordedEvents(after)];
  const lost = was.filter((one) => !is.includes(one) && !is.some((other) => other === `${one.split(" of ")[0] ?? ""} of everything`));
  // Without selectors a trail records management events, and with any of them those alone that they say.
  const isManagementLost = was.length === 0 && is.length > 0 && !recordsManagement(after);
  if (lost.length === 0 && !isManagementLost) return [];
  return [
    {
      rule: "audit-trail-weakened",
      severity: "medium",
      direction: "destroys",
      property: "advancedEventSelectors",
      before: `${was.length} recorded`,
      after: `${is.length} recorded`,
      says: "Events that were recorded no longer are, or only some of them.",
      remedy: "Keep management events, and the events of every bucket that holds data.",
    },
  ];
};

const listEnabledLogs = ({ logs }: Properties): string[] =>
  listObjects(logs)
    .filter(({ enabled }) => enabled === true)
    .map(({ category, categoryGroup }) => String(category ?? categoryGroup));

const compareLogs: Compare = (before, after) => {
  const [was, is] = [listEnabledLogs(before), listEnabledLogs(after)];
  const lost = is.includes("allLogs") ? [] : was.filter((one) => !is.includes(one));
  if (lost.length === 0) return [];
  return [
    {
      rule: is.length === 0 ? "audit-trail-ended" : "audit-trail-weakened",
      severity: is.length === 0 ? "high" : "medium",
      direction: "destroys",
      property: "logs",
      before: joinOrNone(was),
      after: joinOrNone(is),
      says: `No longer kept: ${joinOrNone(lost)}.`,
      remedy: "Keep these categories enabled.",
    },
  ];
};

/** The shortest time after which something goes; without a rule nothing does. */
const findShortest = (days: readonly unknown[]): number =>
  Math.min(Infinity, ...days.filter((one): one is number => typeof one === "number"));

const compareRetention =
  (property: string, listDays: (inputs: Properties) => readonly unknown[]): Compare =>
  (before, after) => {
    const [was, is] = [findShortest(listDays(before)), findShortest(listDays(after))];
    if (is >= was) return [];
    return [
      {
        rule: "log-retention-shortened",
        severity: "medium",
        direction: "destroys",
        property,
        before: was === Infinity ? "for ever" : `${was} days`,
        after: `${is} days`,
        says: "Log files go earlier.",
        remedy: "Keep retentionDays.",
      },
    ];
  };

const listBucketDays = ({ rules }: Properties): unknown[] =>
  listObjects(rules)
    .filter(({ status }) => status === "Enabled")
    .map((rule) => getValueAt(rule, "expiration.days"));
const listAccountDays = ({ policy }: Properties): unknown[] =>
  (isProperties(policy) ? listObjects(policy["rules"]) : [])
    .filter(({ enabled }) => enabled !== false)
    .map((rule) => getValueAt(rule, "definition.actions.baseBlob.delete.daysAfterModificationGreaterThan"));

const listKeyEncryption = ({ rules }: Properties): unknown[] =>
  listObjects(rules).map((rule) => getValueAt(rule, "applyServerSideEncryptionByDefault.kmsMasterKeyId"));

const compareEncryption: Compare = (before, after) => {
  if (canonicalizeJson(listKeyEncryption(before)) === canonicalizeJson(listKeyEncryption(after))) return [];
  return [
    {
      rule: "logs-exposed",
      severity: "medium",
      direction: "opens",
      property: "rules",
      says: "New files are encrypted under another key, or under none of the account's own.",
      remedy: "Keep the key, whose policy says who reads.",
    },
  ];
};

const RECEIVERS = ["emailReceivers", "webhookReceivers", "smsReceivers", "armRoleReceivers", "azureFunctionReceivers", "logicAppReceivers"];
/** By where they are reached: a name is a name alone. */
const listReceivers = (inputs: Properties): string[] =>
  RECEIVERS.flatMap((list) =>
    listObjects(inputs[list]).map(({ name: _name, useCommonAlertSchema: _form, ...place }) => `${list} ${canonicalizeJson(place)}`),
  );

const compareReceivers: Compare = (before, after) => {
  const [was, is] = [listReceivers(before), listReceivers(after)];
  if (was.every((one) => is.includes(one))) return [];
  return [
    {
      rule: "alarms-unheard",
      severity: is.length === 0 ? "medium" : "low",
      direction: "destroys",
      property: "receivers",
      before: `${was.length} told`,
      after: `${is.length} told`,
      says: is.length === 0 ? "Nobody hears the alerts." : "Somebody who heard the alerts no longer does.",
      remedy: "Keep at least one subscriber.",
    },
  ];
};

const COMPARE: Readonly<Record<string, Compare>> = {
  [TYPES.actionGroup]: compareReceivers,
  [TYPES.activityExport]: compareLogs,
  [TYPES.bucketEncryption]: compareEncryption,
  [TYPES.bucketLifecycle]: compareRetention("rules", listBucketDays),
  [TYPES.diagnosticSetting]: compareLogs,
  [TYPES.eventRule]: comparePatterns,
  [TYPES.storageLifecycle]: compareRetention("policy", listAccountDays),
  [TYPES.trail]: compareTrails,
};

/** Inputs that are read as a whole, by type. */
export const READ_AS_A_WHOLE: Readonly<Record<string, readonly string[]>> = {
  [TYPES.actionGroup]: RECEIVERS,
  [TYPES.activityExport]: ["logs"],
  [TYPES.bucketEncryption]: ["rules"],
  [TYPES.bucketLifecycle]: ["rules"],
  [TYPES.bucketPolicy]: ["policy"],
  [TYPES.diagnosticSetting]: ["logs"],
  [TYPES.eventRule]: ["eventPattern"],
  [TYPES.policy]: ["policy"],
  [TYPES.role]: ["assumeRolePolicy"],
  [TYPES.roleAssignment]: ["scope", "roleDefinitionId"],
  [TYPES.rolePolicy]: ["policy"],
  [TYPES.storageLifecycle]: ["policy"],
  [TYPES.topicPolicy]: ["policy"],
  [TYPES.trail]: ["advancedEventSelectors", "eventSelectors"],
};

/** @param readable whether nothing of what is read as a whole is unknown or secret */
export const compareContents = (type: string, { before, after }: Sides, readable: boolean): Weakening[] =>
  before === undefined || after === undefined || !readable ? [] : (COMPARE[type]?.(before, after) ?? []);
