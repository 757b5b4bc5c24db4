import { z } from "zod";
import { formatSeconds, MINUTE_SECONDS, WEEK_SECONDS } from "../../../contract/durations.js";
import { omitUndefined } from "../../../contract/values.js";
import type { DefaultEndpointSettings, Endpoint } from "../../../contract/wire/endpoint.js";
import type { NeonApi } from "../../client/api.js";
import type { Rule } from "../../engine/define.js";
import type { ChangeRule } from "../../engine/review.js";
import { createComputeLeftRule, MAYBE_DISABLED, createLeftUntilNowRule, SIZE_AND_COST } from "./reviewRules.js";

const STEP = 0.25;
/** Of any plan (Neon's page "Manage computes"). */
const LARGEST_CU = 56;
/** Above this a size is fixed and a compute is never suspended (Neon's pages on autoscaling and on scale to zero). */
const LARGEST_SCALED_CU = 16;
/** Between the ends of a range (Neon's page "Autoscaling" of 2026). */
const WIDEST_RANGE_CU = 8;
const cu = z
  .number()
  .min(STEP, "must be at least 0.25 compute units")
  .max(LARGEST_CU, `must be at most ${LARGEST_CU} compute units`)
  .refine((size) => size < STEP || Number.isInteger(size / STEP), "must be a multiple of 0.25 compute units");

/** Fields of a compute's size and rest, for a project's defaults and for a branch's own compute. */
export const computeFields = {
  minCu: cu
    .optional()
    .meta({ description: "Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted.", review: SIZE_AND_COST }),
  maxCu: cu.optional().meta({ description: "Largest size in compute units. Left as it is when omitted.", review: SIZE_AND_COST }),
  suspendTimeoutSeconds: z
    .union([
      z
        .number()
        .int()
        .min(MINUTE_SECONDS, 'must be at least 60 seconds, or "never"')
        .max(WEEK_SECONDS, `must be at most ${WEEK_SECONDS} seconds (${formatSeconds(WEEK_SECONDS)}), or "never"`),
      z.literal("never"),
    ])
    .optional()
    .meta({
      description:
        "Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted.",
      review: SIZE_AND_COST,
    }),
};
export const Compute = z.strictObject(computeFields);
export type Compute = z.output<typeof Compute>;

/**
 * Sizes that no plan allows, refused before anything is called. What the program leaves out is not judged: only the API knows it.
 * @param path of the object that has the fields in the inputs; empty where they are inputs themselves
 */
export const createSizeRules = (...path: readonly string[]): Rule[] => {
  const rule = (field: keyof Compute, holds: (size: Partial<Compute>) => boolean, message: string): Rule => ({
    needs: path.length > 0 ? path.slice(0, 1) : Object.keys(computeFields),
    property: [...path, field].join("."),
    holds: (inputs) => {
      const found = path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), inputs);
      return !isObject(found) || holds(found);
    },
    message,
  });
  return [
    rule("minCu", ({ minCu, maxCu }) => minCu === undefined || maxCu === undefined || minCu <= maxCu, "must not exceed maxCu"),
    rule(
      "minCu",
      ({ minCu, maxCu = 0 }) => minCu === undefined || maxCu <= LARGEST_SCALED_CU || minCu >= maxCu,
      `a compute above ${LARGEST_SCALED_CU} compute units has a fixed size: minCu must be maxCu`,
    ),
    rule(
      "minCu",
      ({ minCu = Infinity, maxCu = 0 }) => maxCu > LARGEST_SCALED_CU || maxCu - minCu <= WIDEST_RANGE_CU,
      `must be at most ${WIDEST_RANGE_CU} compute units below maxCu`,
    ),
    rule(
      "suspendTimeoutSeconds",
      ({ maxCu = 0, suspendTimeoutSeconds }) => maxCu <= LARGEST_SCALED_CU || typeof suspendTimeoutSeconds !== "number",
      `a compute above ${LARGEST_SCALED_CU} compute units is never suspended: leave it out, or "never"`,
    ),
  ];
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

/** On the wire -1 is never, 0 the default. */
const NEVER = -1;
const DEFAULT_SECONDS = 5 * MINUTE_SECONDS;

export const toComputeSettings = ({ minCu, maxCu, suspendTimeoutSeconds }: Compute): DefaultEndpointSettings =>
  omitUndefined({
    autoscaling_limit_min_cu: minCu,
    autoscaling_limit_max_cu: maxCu,
    suspend_timeout_seconds: suspendTimeoutSeconds === "never" ? NEVER : suspendTimeoutSeconds,
  });

export const fromComputeSettings = (settings: DefaultEndpointSettings): Compute =>
  omitUndefined({
    minCu: settings.autoscaling_limit_min_cu,
    maxCu: settings.autoscaling_limit_max_cu,
    suspendTimeoutSeconds:
      settings.suspend_timeout_seconds === NEVER ? ("never" as const) : settings.suspend_timeout_seconds || DEFAULT_SECONDS,
  });

/** The compute that is created with a project. */
export const FirstCompute = z.strictObject({
  ...computeFields,
  disabled: z
    .boolean()
    .optional()
    .meta({
      description: "Refuses every connection while true. Left as it is when omitted.",
      review: { silent: "the field around it says it; what is left, drift tells of every compute that no resource declares" },
    }),
});
export type FirstCompute = z.output<typeof FirstCompute>;

/** @param at where it lies in the input that says what a change means */
export const createFirstComputeRules = (at: string): ChangeRule[] => [
  createLeftUntilNowRule(false, MAYBE_DISABLED, `${at}.disabled`),
  createComputeLeftRule(at),
];

/** Brings a branch's read-write compute to what is wanted, and makes or removes it for that. */
export async function updateCompute(api: NeonApi, at: { projectId: string; branchId: string }, wanted: Compute | "none"): Promise<void> {
  const compute = (await api.listBranchComputes(at.projectId, at.branchId)).endpoints.find(({ type }) => type === "read_write");
  if (wanted === "none") await (compute && api.deleteCompute(at.projectId, compute.id));
  else await ensureCompute(api, { ...at, endpointId: compute?.id }, wanted);
}

/** Brings a read-write compute to what is wanted. @param at without `endpointId` it is made */
export async function ensureCompute(
  api: NeonApi,
  { projectId, branchId, endpointId }: { projectId: string; branchId: string; endpointId: string | undefined },
  wanted: FirstCompute,
): Promise<Endpoint> {
  const settings = { ...toComputeSettings(wanted), ...omitUndefined({ disabled: wanted.disabled }) };
  if (endpointId !== undefined) return (await api.updateCompute(projectId, endpointId, { endpoint: settings })).endpoint;
  const { answer, settle } = await api.createCompute(projectId, { endpoint: { branch_id: branchId, type: "read_write", ...settings } });
  await settle();
  return answer.endpoint;
}

export const fromFirstCompute = (compute: Endpoint): FirstCompute => ({ ...fromComputeSettings(compute), disabled: compute.disabled });
