/** States of an operation as Neon's API names them. A newer API may know more: an unknown state counts as pending. */
export const OPERATION_STATUSES = ["scheduling", "running", "finished", "failed", "error", "cancelling", "cancelled", "skipped"] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

export const hasOperationSucceeded = (status: string): boolean => status === "finished" || status === "skipped";
export const hasOperationFailed = (status: string): boolean => status === "failed" || status === "error" || status === "cancelled";
/** `cancelling` is pending (as in Neon's own SDK). */
export const isOperationPending = (status: string): boolean => !hasOperationSucceeded(status) && !hasOperationFailed(status);
