import { z } from "zod";
import {
  DatabaseCreateRequest,
  DatabaseOperations,
  DatabaseResponse,
  DatabaseUpdateRequest,
  DatabasesResponse,
} from "@palisade/neon/contract/wire/database";
import { buildConfigureSteps } from "../domain/computes.js";
import { assertDatabaseNew, assertDatabaseFits, createDatabase, updateDatabase } from "../domain/databases.js";
import { getBranch, getDatabase, findDatabase, getRole, findReadWriteCompute } from "./pathObjects.js";
import { assertNotTemporary } from "../services/temporaryAccess.js";
import { defineRoute } from "./route.js";

const DATABASES = "/projects/:project_id/branches/:branch_id/databases";
const DATABASE = `${DATABASES}/:database_name` as const;
const NO_OWNER = "let another role own the database";

export const databaseRoutes = [
  defineRoute({
    method: "GET",
    path: DATABASES,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: DatabasesResponse },
    handle({ tx, project, params }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      return { databases: tx.list("database", { where: { branch: branch.id }, order: "name" }) };
    },
  }),
  defineRoute({
    method: "POST",
    path: DATABASES,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: DatabaseCreateRequest,
    answers: { 201: DatabaseOperations },
    handle({ tx, at, project, params, body: { database: asked }, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const owner = getRole(tx, branch.id, asked.owner_name);
      assertNotTemporary(tx, branch.id, owner.name, NO_OWNER);
      assertDatabaseNew(asked.name, findDatabase(tx, branch.id, asked.name));
      assertDatabaseFits(tx.count("database", { where: { branch: branch.id } }));
      const database = createDatabase(tx.createNumber(), branch.id, asked.name, owner, at);
      tx.put("database", database);
      return { database, operations: enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id))) };
    },
  }),
  defineRoute({
    method: "GET",
    path: DATABASE,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: DatabaseResponse },
    handle: ({ tx, project, params }) => ({
      database: getDatabase(tx, getBranch(tx, project.id, params.branch_id).id, params.database_name),
    }),
  }),
  defineRoute({
    method: "PATCH",
    path: DATABASE,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: DatabaseUpdateRequest,
    answers: { 200: DatabaseOperations },
    handle({ tx, at, project, params, body: { database: asked }, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const database = getDatabase(tx, branch.id, params.database_name);
      const owner = getRole(tx, branch.id, asked.owner_name ?? database.owner_name);
      assertNotTemporary(tx, branch.id, owner.name, NO_OWNER);
      const changed = updateDatabase(database, asked.name ?? database.name, owner, at);
      if (changed.name !== database.name) assertDatabaseNew(changed.name, findDatabase(tx, branch.id, changed.name));
      tx.put("database", changed);
      return { database: changed, operations: enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id))) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: DATABASE,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: DatabaseOperations, 204: z.undefined() },
    handle({ tx, project, params, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const database = findDatabase(tx, branch.id, params.database_name);
      if (!database) return undefined;
      tx.remove("database", String(database.id));
      return { database, operations: enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id))) };
    },
  }),
];
