/** What a review, a scan, a drift report and the controls know of resources: the one way from them into this folder. */
export { fromTaggedName } from "./resources/apiKey/wire.js";
export { type Kind, catalogue } from "./resources/index.js";
export { inputs as projectInputs, rules as projectRules } from "./resources/project/schema.js";
export { fromWire as fromProjectWire } from "./resources/project/wire.js";
export { type NeonContext, findProjectAnnotation, fromAnnotation } from "./resources/shared/context.js";
export {
  type ChangeRule,
  type ReviewNote,
  type ReviewedField,
  isReach,
  listInputReviews,
  listOptionalSwitches,
  listSecretInputs,
  listSecretParts,
} from "./resources/shared/fieldReviews.js";
export { isAsJudged } from "./resources/shared/isAsJudged.js";
export { findKind } from "./resources/shared/kind.js";
export {
  type Properties,
  REDACTED,
  UNKNOWN,
  hasUnknown,
  isProperties,
  isSecret,
  isUnreadable,
  mergeInputs,
} from "./resources/shared/mergeInputs.js";
export {
  type Network,
  type RangeEntry,
  dropEndedEntries,
  fromSettings,
  getRangeText,
  isOverdue,
  isRemovalDue,
  toFirstSettings,
  toSettings,
} from "./resources/shared/network.js";
export { isEndOverdue } from "./resources/temporaryAccess/wire.js";
export {
  type Difference,
  computeDifferences,
  listPlainOutputs,
  observe,
  observeWithOutputs,
  parseIdParts,
} from "./resources/shared/observe.js";
export { fromTagName } from "./resources/shared/ownershipTagName.js";
export { MAYBE_PROTECTED, UNMANAGED, createLeftUntilNowRule } from "./resources/shared/reviewRules.js";
export { findEndpointId } from "./resources/shared/vpcEndpoint.js";
