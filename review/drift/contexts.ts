import type { NeonApi } from "../../provider/client/api.js";
import { createCachingApi } from "../../provider/client/cachingApi.js";
import { toProxyAddress } from "../../provider/client/organisation.js";
import type { NeonContext } from "../../provider/introspection.js";

/** What slices look with: `reading` caches every answer, so that it shows one moment however long reading takes. Of what they see only the inputs count here. */
export function createContexts(api: NeonApi, orgId: string): { reading: NeonContext; neon: NeonContext } {
  const org = () => Promise.resolve(orgId);
  const place = { orgId: org, proxy: () => Promise.resolve(toProxyAddress(undefined)), trustsState: false };
  return { reading: { api: createCachingApi(api, org, Infinity).api, ...place }, neon: { api, ...place } };
}
