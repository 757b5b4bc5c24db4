import { z } from "zod";

/** Shapes exactly as the API says them. Unknown keys are dropped, enumerations are open: Neon's grow between releases. Optional keys are absent, never null. */

/** `Date.parse` alone takes words, and reads past whatever stands in parentheses. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339. An answer with another text is wrong: whatever compared it with now would take what it ends for endless. */
export const Timestamp = z.string().refine((text) => RFC_3339.test(text) && !Number.isNaN(Date.parse(text)), "is no time");

/** Error body of every route: `code` is always there and often empty. */
export const GeneralError = z.object({ request_id: z.string().optional(), code: z.string(), message: z.string() });
export type GeneralError = z.infer<typeof GeneralError>;

/** Old style: `GET /projects`, operations, consumption. A cursor comes with every non-empty page. */
export const Pagination = z.object({ pagination: z.object({ cursor: z.string() }).optional() });

/** New style: branches, members. `next` is absent on the last page. */
export const CursorPagination = z.object({
  pagination: z.object({ next: z.string().optional(), sort_by: z.string().optional(), sort_order: z.string().optional() }).optional(),
});

export const Operation = z.object({
  id: z.string(),
  project_id: z.string(),
  branch_id: z.string().optional(),
  endpoint_id: z.string().optional(),
  action: z.string(),
  status: z.string(),
  error: z.string().optional(),
  failures_count: z.number().int(),
  retry_at: Timestamp.optional(),
  created_at: Timestamp,
  updated_at: Timestamp,
  total_duration_ms: z.number().int(),
});
export type Operation = z.infer<typeof Operation>;
export const Operations = z.object({ operations: z.array(Operation) });
export const OperationResponse = z.object({ operation: Operation });
export const OperationsPage = Operations.extend(Pagination.shape);

/** At most 50 pairs of strings on a branch, written once, at its creation. */
export const AnnotationValue = z.record(z.string(), z.string());
export const Annotation = z.object({
  object: z.object({ type: z.string(), id: z.string() }),
  value: AnnotationValue,
  created_at: Timestamp.optional(),
  updated_at: Timestamp.optional(),
});
export type Annotation = z.infer<typeof Annotation>;
