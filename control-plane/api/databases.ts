import { z } from "zod";
import {
  DatabaseCreateRequest,
  DatabaseOperations,
  DatabaseResponse,
  DatabaseUpdateRequest,
  DatabasesResponse,
} from "@palisade/neon/contract/wire/database";
import { configure } from "../domain/computes.js";
import { mustBeNew, mustFit, newDatabase, renamed } from "../domain/databases.js";
import { branchOf, databaseOf, findDatabase, roleOf, writerOf } from "./find.js";
import { route } from "./route.js";

const DATABASES = "/projects/:project_id/branches/:branch_id/databases";
const DATABASE = `${DATABASES}/:database_name` as const;

export const databaseRoutes = [
  route({
    method: "GET",
    path: DATABASES,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: DatabasesResponse },
    handle({ tx, project, params }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      return { databases: tx.list("database", { where: { branch: branch.id }, order: "name" }) };
    },
  }),
  route({
    method: "POST",
    path: DATABASES,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: DatabaseCreateRequest,
    answers: { 201: DatabaseOperations },
    handle({ tx, at, project, params, body: { database: asked }, enqueue }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      const owner = roleOf(tx, branch.id, asked.owner_name);
      mustBeNew(asked.name, findDatabase(tx, branch.id, asked.name));
      mustFit(tx.count("database", { where: { branch: branch.id } }));
      const database = newDatabase(tx.number(), branch.id, asked.name, owner, at);
      tx.put("database", database);
      return { database, operations: enqueue(project.id, configure(branch.id, writerOf(tx, branch.id))) };
    },
  }),
  route({
    method: "GET",
    path: DATABASE,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: DatabaseResponse },
    handle: ({ tx, project, params }) => ({
      database: databaseOf(tx, branchOf(tx, project.id, params.branch_id).id, params.database_name),
    }),
  }),
  route({
    method: "PATCH",
    path: DATABASE,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: DatabaseUpdateRequest,
    answers: { 200: DatabaseOperations },
    handle({ tx, at, project, params, body: { database: asked }, enqueue }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      const database = databaseOf(tx, branch.id, params.database_name);
      const owner = roleOf(tx, branch.id, asked.owner_name ?? database.owner_name);
      const changed = renamed(database, asked.name ?? database.name, owner, at);
      if (changed.name !== database.name) mustBeNew(changed.name, findDatabase(tx, branch.id, changed.name));
      tx.put("database", changed);
      return { database: changed, operations: enqueue(project.id, configure(branch.id, writerOf(tx, branch.id))) };
    },
  }),
  route({
    method: "DELETE",
    path: DATABASE,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: DatabaseOperations, 204: z.undefined() },
    handle({ tx, project, params, enqueue }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      const database = findDatabase(tx, branch.id, params.database_name);
      if (!database) return undefined;
      tx.drop("database", String(database.id));
      return { database, operations: enqueue(project.id, configure(branch.id, writerOf(tx, branch.id))) };
    },
  }),
];
