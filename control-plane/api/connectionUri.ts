import { z } from "zod";
import { ConnectionUriResponse } from "@palisade/neon/contract/wire/connection";
import { Refusal } from "../domain/refusals.js";
import { branchOf, computeOf, databaseOf, defaultBranchOf, roleOf, writerOf } from "./find.js";
import { flag } from "./paging.js";
import { passwordOf } from "../services/roles.js";
import { route } from "./route.js";

export const connectionUriRoutes = [
  route({
    method: "GET",
    path: "/projects/:project_id/connection_uri",
    who: "project",
    least: "editor",
    effect: "reveal",
    query: z.object({
      database_name: z.string(),
      role_name: z.string(),
      branch_id: z.string().optional(),
      endpoint_id: z.string().optional(),
      pooled: flag,
    }),
    answers: { 200: ConnectionUriResponse },
    handle({ tx, hosts, project, query }) {
      const asked = query.endpoint_id === undefined ? undefined : computeOf(tx, project.id, query.endpoint_id);
      const branchId = query.branch_id ?? asked?.branch_id;
      const branch = branchId === undefined ? defaultBranchOf(tx, project.id) : branchOf(tx, project.id, branchId);
      const compute = asked ?? writerOf(tx, branch.id);
      if (compute?.branch_id !== branch.id) throw new Refusal("noEndpoint", { branch: branch.id });
      const role = roleOf(tx, branch.id, query.role_name);
      const database = databaseOf(tx, branch.id, query.database_name);
      const login = { endpointId: compute.id, role: role.name, password: passwordOf(tx, role), database: database.name };
      return { uri: hosts.uri(login, query.pooled === "true") };
    },
  }),
];
