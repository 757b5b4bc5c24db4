import { z } from "zod";
import { OperationResponse, OperationsPage } from "@palisade/neon/contract/wire/common";
import { Refusal } from "../domain/refusals.js";
import { buildLimitSchema } from "./paging.js";
import { defineRoute } from "./route.js";

export const operationRoutes = [
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/operations",
    who: "project",
    least: "viewer",
    effect: "read",
    query: z.object({ cursor: z.iso.datetime().optional(), limit: buildLimitSchema(1_000) }),
    answers: { 200: OperationsPage },
    /** The newest first. `created_at` is unique (see Clock.tick), so it is the cursor, as at Neon. */
    handle({ tx, project, query: { cursor, limit } }) {
      const operations = tx.list("operation", {
        where: { project: project.id },
        order: "created_at",
        descending: true,
        after: cursor === undefined ? undefined : { value: cursor, id: "" },
        limit,
      });
      const last = operations.at(-1);
      return { operations, ...(last && { pagination: { cursor: last.created_at } }) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/operations/:operation_id",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: OperationResponse },
    handle({ tx, project, params }) {
      const operation = tx.get("operation", params.operation_id);
      if (operation?.project_id !== project.id) throw new Refusal("operationNotFound");
      return { operation };
    },
  }),
];
