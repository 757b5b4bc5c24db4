/** Actions of operations, as Neon names them. */
export type Action =
  "create_timeline" | "create_branch" | "start_compute" | "suspend_compute" | "apply_config" | "apply_storage_config" | "delete_timeline";

/** One piece of work to queue. */
export interface Step {
  action: Action;
  branch_id?: string;
  endpoint_id?: string;
}
