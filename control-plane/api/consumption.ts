import { z } from "zod";
import type { Organization } from "@palisade/neon/contract/wire/account";
import {
  BranchConsumptionPage,
  ConsumptionGranularity,
  ConsumptionMetric,
  ConsumptionPage,
  ConsumptionPageV2,
} from "@palisade/neon/contract/wire/consumption";
import { ZERO_USAGE, computePeriodId, computeRange, buildTimeframes } from "../domain/consumption.js";
import { Refusal } from "../domain/refusals.js";
import type { StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { decodeCursor, encodeCursor, flag, buildLimitSchema } from "./paging.js";
import { defineRoute } from "./route.js";

const [PAGE, PAGE_V2] = [100, 10];
const [BRANCHES_PAGE, MOST_BRANCHES] = [100, 1_000];
const Instant = z.iso.datetime({ offset: true });
/** Several values, or one with commas. */
const buildListSchema = <T extends string>(item: z.ZodType<T>, most: number) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (typeof value === "string" ? value.split(",") : value))
    .pipe(
      z
        .array(item as z.ZodType<T, string>)
        .min(1)
        .max(most),
    );

const Range = z.object({ from: Instant, to: Instant, granularity: ConsumptionGranularity, cursor: z.string().optional() });
const RangeV2 = Range.extend({ org_id: z.string(), metrics: buildListSchema(ConsumptionMetric, ConsumptionMetric.options.length) });

export const consumptionRoutes = [
  defineRoute({
    method: "GET",
    path: "/consumption_history/projects",
    who: "chosenOrganization",
    least: "viewer",
    readOrganizationId: ({ query }) => query.org_id,
    effect: "read",
    query: Range.extend({
      limit: buildLimitSchema(PAGE),
      project_ids: buildListSchema(z.string(), 400).optional(),
      org_id: z.string().optional(),
      include_v1_metrics: flag,
      metrics: buildListSchema(z.string(), 400).optional(),
    }),
    answers: { 200: ConsumptionPage },
    handle({ tx, clock, organization, query: { cursor, limit = PAGE, project_ids, ...asked } }) {
      const periods = createPeriodBuilder(organization, asked, clock.now(), ZERO_USAGE);
      const page = tx.list("project", { where: { org: organization.id }, order: "created_at", after: decodeCursor(cursor), limit });
      return {
        projects: filterProjects(page, project_ids).map((project) => ({ project_id: project.id, periods: periods(project) })),
        ...buildPagination(page),
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/consumption_history/v2/projects",
    who: "chosenOrganization",
    least: "viewer",
    readOrganizationId: ({ query }) => query.org_id,
    effect: "read",
    query: RangeV2.extend({ limit: buildLimitSchema(PAGE), project_ids: buildListSchema(z.string(), 100).optional() }),
    answers: { 200: ConsumptionPageV2 },
    /** The newest first, as at Neon. */
    handle({ tx, clock, organization, query: { cursor, limit = PAGE_V2, project_ids, metrics, ...asked } }) {
      const periods = createPeriodBuilder(organization, asked, clock.now(), buildZeroMetrics(metrics));
      const where = { org: organization.id };
      const page = tx.list("project", { where, order: "created_at", descending: true, after: decodeCursor(cursor), limit });
      return {
        projects: filterProjects(page, project_ids).map((project) => ({ project_id: project.id, periods: periods(project) })),
        ...buildPagination(page),
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/consumption_history/v2/branches",
    who: "chosenOrganization",
    least: "viewer",
    readOrganizationId: ({ query }) => query.org_id,
    effect: "read",
    query: RangeV2.extend({
      limit: buildLimitSchema(MOST_BRANCHES),
      project_ids: buildListSchema(z.string(), 100),
      branch_ids: buildListSchema(z.string(), 100).optional(),
    }),
    answers: { 200: BranchConsumptionPage },
    /** By the project's id, then by the branch's, as at Neon. */
    handle({ tx, clock, organization, query: { cursor, limit = BRANCHES_PAGE, project_ids, branch_ids, metrics, ...asked } }) {
      const periods = createPeriodBuilder(organization, asked, clock.now(), buildZeroMetrics(metrics));
      const after = decodeCursor(cursor);
      const page = listBranches(tx, organization.id, project_ids)
        .filter(({ branch }) => branch_ids === undefined || branch_ids.includes(branch.id))
        .filter(({ project, branch }) => !after || [project.id, branch.id].join(" ") > [after.value, after.id].join(" "))
        .slice(0, limit);
      const last = page.at(-1);
      return {
        branches: page.map(({ project, branch }) => ({
          project_id: project.id,
          branch_id: branch.id,
          periods: periods({ ...project, id: branch.id, created_at: branch.created_at }),
        })),
        ...(last && { pagination: { cursor: encodeCursor({ value: last.project.id, id: last.branch.id }) } }),
      };
    },
  }),
];

type ConsumptionSubject = Pick<StoredProject, "id" | "created_at" | "consumption_period_start">;

/** Throws `consumptionNotInPlan` and `consumptionRange`. */
function createPeriodBuilder<T extends object>(
  { plan }: Organization,
  { granularity, from, to }: Pick<z.infer<typeof Range>, "granularity" | "from" | "to">,
  now: number,
  figures: T,
) {
  if (plan === "free") throw new Refusal("consumptionNotInPlan");
  const range = computeRange(granularity, from, to, now);
  return ({ id, created_at, consumption_period_start: period_start }: ConsumptionSubject) => [
    {
      period_id: computePeriodId(id, period_start),
      period_plan: plan,
      period_start,
      consumption: buildTimeframes(granularity, range, created_at, figures),
    },
  ];
}

const buildZeroMetrics = (metrics: readonly ConsumptionMetric[]) => ({
  metrics: metrics.map((metric_name) => ({ metric_name, value: 0 })),
});

const filterProjects = (page: readonly StoredProject[], ids: readonly string[] | undefined) =>
  page.filter(({ id }) => ids === undefined || ids.includes(id));

function buildPagination(page: readonly StoredProject[]) {
  const last = page.at(-1);
  return last && { pagination: { cursor: encodeCursor({ value: last.created_at, id: last.id }) } };
}

/** Only of the organisation's projects; others are left out. */
const listBranches = (tx: Tx, orgId: string, projectIds: readonly string[]) =>
  [...new Set(projectIds)]
    .sort()
    .map((id) => tx.get("project", id))
    .filter((project) => project?.org_id === orgId && project.deleted_at === undefined)
    .flatMap((project) =>
      project
        ? tx
            .list("branch", { where: { project: project.id } })
            .map((branch) => ({ project, branch }))
            .sort((a, b) => (a.branch.id < b.branch.id ? -1 : 1))
        : [],
    );
