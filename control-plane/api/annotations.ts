import type { Annotation } from "@palisade/neon/contract/wire/common";
import type { Tx } from "../store/store.js";

/** Written once, with the branch. */
export function putAnnotation(tx: Tx, branchId: string, value: Record<string, string>, at: string): void {
  if (Object.keys(value).length > 0)
    tx.put("annotation", { object: buildObjectReference(branchId), value, created_at: at, updated_at: at });
}

/** Strict clients need one on every branch, be it empty. */
export const getAnnotation = (tx: Tx, branchId: string): Annotation =>
  tx.get("annotation", branchId) ?? { object: buildObjectReference(branchId), value: {} };

const buildObjectReference = (branchId: string) => ({ type: "console/branch", id: branchId });
