import { z } from "zod";
import { ConsumptionGranularity, ConsumptionPage } from "@palisade/neon/contract/wire/consumption";
import { periodId, rangeOf, timeframes } from "../domain/consumption.js";
import { Refusal } from "../domain/refusals.js";
import { decodeCursor, encodeCursor, flag, limitUpTo } from "./paging.js";
import { route } from "./route.js";

const PAGE = 100;
const Instant = z.iso.datetime({ offset: true });
/** Several values, or one with commas. */
const List = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === "string" ? value.split(",") : value))
  .pipe(z.array(z.string()).max(400));

export const consumptionRoutes = [
  route({
    method: "GET",
    path: "/consumption_history/projects",
    who: "chosenOrganization",
    least: "viewer",
    chosen: ({ query }) => query.org_id,
    effect: "read",
    query: z.object({
      cursor: z.string().optional(),
      limit: limitUpTo(PAGE),
      project_ids: List.optional(),
      from: Instant,
      to: Instant,
      granularity: ConsumptionGranularity,
      org_id: z.string().optional(),
      include_v1_metrics: flag,
      metrics: List.optional(),
    }),
    answers: { 200: ConsumptionPage },
    handle({ tx, clock, organization, query: { cursor, limit = PAGE, project_ids, from, to, granularity } }) {
      if (organization.plan === "free") throw new Refusal("consumptionNotInPlan");
      const range = rangeOf(granularity, from, to, clock.now());
      const page = tx.list("project", { where: { org: organization.id }, order: "created_at", after: decodeCursor(cursor), limit });
      const last = page.at(-1);
      const projects = page
        .filter(({ id }) => project_ids === undefined || project_ids.includes(id))
        .map(({ id, created_at, consumption_period_start: period_start }) => ({
          project_id: id,
          periods: [
            {
              ...{ period_id: periodId(id, period_start), period_plan: organization.plan, period_start },
              consumption: timeframes(granularity, range, created_at),
            },
          ],
        }));
      return { projects, ...(last && { pagination: { cursor: encodeCursor({ value: last.created_at, id: last.id }) } }) };
    },
  }),
];
