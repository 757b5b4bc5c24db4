import type { z } from "zod";
import { getLastPart, ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { AddJwksRequest, Jwks } from "../../../contract/wire/jwks.js";
import type { Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

export const toCreate = (j: Inputs): AddJwksRequest => ({
  jwks_url: j.jwksUrl,
  provider_name: j.providerName,
  ...omitUndefined({ branch_id: j.branchId && getLastPart(j.branchId), role_names: j.roleNames, jwt_audience: j.audience }),
});

export const fromWire = (jwks: Jwks): Observed<typeof inputs, typeof outputs> => ({
  inputs: omitUndefined({
    projectId: ProjectId.parse(jwks.project_id),
    jwksUrl: jwks.jwks_url,
    providerName: jwks.provider_name,
    branchId: jwks.branch_id,
    roleNames: jwks.role_names,
    audience: jwks.jwt_audience,
  }),
  outputs: {},
});
