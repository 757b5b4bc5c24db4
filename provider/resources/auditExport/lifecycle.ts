import { createHash } from "node:crypto";
import { isNeonHost } from "../../../contract/account.js";
import { ERRORS } from "../../../contract/errors.js";
import { omitUndefined, defineResource } from "../shared/context.js";
import type { Properties } from "../../engine/define.js";
import { findDestination } from "./evidence.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { findOwnershipTag, fromWire, toRequest } from "./wire.js";

export const auditExport = defineResource({
  kind: "AuditExport",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{orgId}/{exportId}",
  declares: "its object",
  follows: { create: [], remove: [] },

  explainUnsupportedHost: (host) =>
    isNeonHost(host) ? `${ERRORS.PAL_EXTENSION.summary}. ${ERRORS.PAL_EXTENSION.remedy} [PAL_EXTENSION]` : undefined,

  async observe({ api }, { orgId, exportId }) {
    const found = await api.auditExports.find(orgId, exportId);
    return found && fromWire(found);
  },

  /** The organisation's exports can be read, and do not hold it. */
  async proveGone({ api }, { orgId }) {
    await api.auditExports.list(orgId);
  },

  async find({ api, orgId: ownOrgId }, wanted) {
    const orgId = wanted.orgId ?? (await ownOrgId());
    return (await api.auditExports.list(orgId)).flatMap((one) => {
      const ownershipTag = findOwnershipTag(one);
      return ownershipTag ? [{ id: { orgId, exportId: one.id }, ownershipTag }] : [];
    });
  },

  async create({ api, orgId: ownOrgId }, wanted, mark) {
    const orgId = wanted.orgId ?? (await ownOrgId());
    const { audit_export: made, signing_secret: signingSecret } = await api.auditExports.create(orgId, toRequest(wanted, mark));
    return { id: { orgId, exportId: made.id }, createOnlyOutputs: omitUndefined({ signingSecret }), seen: fromWire(made) };
  },

  /**
   * A webhook gets another secret where the answer that told it was lost, or somebody else had it changed: nobody could verify what it signs.
   * Adopting changes nothing.
   */
  isDue: (recorded, _nowMs, live = recorded) =>
    (isSigned(recorded) && ["signingSecret", "state", "adopt"].every((name) => recorded[name] === undefined)) ||
    isOtherSecret(recorded["signingSecret"], live["signingSecretDigest"]),

  async update({ api }, { orgId, exportId }, wanted, changed, { inputs: live, ownershipTag: mark }, learn) {
    const { auditExports } = api;
    const updated = changed.size > 0 ? await auditExports.update(orgId, exportId, toRequest(wanted, mark)) : undefined;
    // A repeated call, whose first answer was lost, finds the same host and tells no secret.
    const isUntold = isSigned(wanted) && updated?.signing_secret === undefined;
    const isNew = updated === undefined || findDestination(live.sink) !== findDestination(wanted.sink);
    const answer = updated !== undefined && !(isUntold && isNew) ? updated : await auditExports.rotateSecret(orgId, exportId);
    if (answer.signing_secret !== undefined) learn({ signingSecret: answer.signing_secret });
    else if (!isSigned(wanted)) learn({ signingSecret: undefined });
    return fromWire(answer.audit_export);
  },

  async remove({ api }, { orgId, exportId }) {
    await api.auditExports.delete(orgId, exportId);
  },
});

/** Of two that are known. */
const isOtherSecret = (recorded: unknown, liveDigest: unknown): boolean =>
  typeof recorded === "string" && typeof liveDigest === "string" && createHash("sha256").update(recorded).digest("hex") !== liveDigest;

const isSigned = ({ sink }: Properties): boolean => (sink as Properties | undefined)?.["webhook"] !== undefined;
