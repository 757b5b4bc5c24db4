import type { NeonApi } from "../../provider/client/api.js";
import { cachingApi } from "../../provider/client/lists.js";
import { proxyOf } from "../../provider/client/organisation.js";
import type { Neon } from "../../provider/resources/context.js";

/** What slices look with: `reading` is one picture of one moment, however long it takes to look. Of what they see only the inputs count here. */
export function contextsOf(api: NeonApi, orgId: string): { reading: Neon; neon: Neon } {
  const org = () => Promise.resolve(orgId);
  const place = { orgId: org, proxy: () => Promise.resolve(proxyOf(undefined)), trustsState: false };
  return { reading: { api: cachingApi(api, org, Infinity).api, ...place }, neon: { api, ...place } };
}
