import { z } from "zod";
import { ConnectionUriResponse } from "@palisade/neon/contract/wire/connection";
import { Refusal } from "../domain/refusals.js";
import { getBranch, getCompute, getDatabase, getDefaultBranch, getRole, findReadWriteCompute } from "./pathObjects.js";
import { flag } from "./paging.js";
import { findPassword } from "../services/roles.js";
import { defineRoute } from "./route.js";

export const connectionUriRoutes = [
  defineRoute({
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
      const asked = query.endpoint_id === undefined ? undefined : getCompute(tx, project.id, query.endpoint_id);
      const branchId = query.branch_id ?? asked?.branch_id;
      const branch = branchId === undefined ? getDefaultBranch(tx, project.id) : getBranch(tx, project.id, branchId);
      const compute = asked ?? findReadWriteCompute(tx, branch.id);
      if (compute?.branch_id !== branch.id) throw new Refusal("noEndpoint", { branch: branch.id });
      const role = getRole(tx, branch.id, query.role_name);
      const database = getDatabase(tx, branch.id, query.database_name);
      const login = { endpointId: compute.id, role: role.name, password: findPassword(tx, role), database: database.name };
      return { uri: hosts.formatUri(login, query.pooled === "true") };
    },
  }),
];
