import type { ManagedResource } from "./appliedRecord.js";
import { type DriftItem, formatRule } from "./driftItem.js";
import { toProjectField, toResourceRef } from "./observation.js";
import { findEndedAccess } from "./overdue.js";

/** Temporary access at Neon that nobody has ended: its role is there, and who is in stays in. */
export const listOverdueAccess = (managed: readonly ManagedResource[], nowMs: number): DriftItem[] =>
  managed.flatMap((one) => {
    const access = one.kind === "TemporaryAccess" ? findEndedAccess({ ...one.inputs, ...one.outputs }, nowMs) : undefined;
    if (!access) return [];
    return [
      {
        class: "changed",
        rule: formatRule(one.kind, "changed"),
        resource: toResourceRef(one),
        urn: one.urn,
        property: "until",
        before: `ends at ${access.until}`,
        after: "not ended",
        says: `Temporary access of role ${access.roleName} is over and was not ended: its sessions go on.`,
        remedy: "Run palisade enforce, and let a scheduler run it.",
        means: "opens",
        severity: "high",
        traces: [],
        ...toProjectField(one),
      },
    ];
  });
