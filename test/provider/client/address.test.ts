import * as sdk from "@neon/sdk/raw";
import { NeonApi } from "../../../provider/client/api.js";
import { RateLimiter } from "../../../provider/client/rateLimiter.js";
import { listIdNames, parseId } from "../../../provider/engine/ids.js";
import type { Kind } from "../../../provider/resources/index.js";
import { kinds, leavesOf } from "../../support/leaves.js";

/** No name that a program, a state, an answer of the API or an argument of a command gives changes which object a call is about. */

const api = new NeonApi("http://127.0.0.1:1/api/v2", { apiKey: "k", limiter: new RateLimiter() });

type Call = (options: unknown) => Promise<{ error?: { cause?: unknown } }>;
const calls = Object.entries(sdk).filter((entry): entry is [string, never] => {
  const [name, value] = entry;
  return typeof value === "function" && !["createClient", "createConfig"].includes(name);
}) as unknown as [string, Call][];

/** What a call sends when every part of its address is this, and what it is refused with. */
async function sent(call: Call, part: unknown): Promise<{ address: string | undefined; refusal: unknown }> {
  const path = new Proxy({}, { get: () => part });
  let address: string | undefined;
  const fetch = ({ url }: Request) => {
    address = new URL(url).pathname;
    return Promise.resolve(Response.json({}));
  };
  const { error } = await call({ client: api.client, path, query: {}, body: {}, fetch });
  return { address, refusal: error?.cause };
}

it("finds the calls of the SDK", () => {
  expect(calls.length).toBeGreaterThan(100);
  expect(calls.map(([name]) => name)).toEqual(expect.arrayContaining(["deleteProjectBranchDatabase", "revokeOrgApiKey", "deleteSnapshot"]));
});

describe.each(calls)("%s", (_, call) => {
  it("sends nothing when a part of its address is no part", async () => {
    const { address } = await sent(call, "zz9");
    if (!address?.includes("zz9")) return;
    for (const part of ["", ".", "..", "\u0000", "a\nb", "\ud800", undefined, null, [".."], {}, NaN, 1.5])
      expect(await sent(call, part)).toEqual({
        address: undefined,
        refusal: expect.objectContaining({ code: "PAL_NOT_ADDRESSABLE" }) as unknown,
      });
  });

  it("keeps every other part in its place", async () => {
    const { address } = await sent(call, "zz9");
    for (const part of ["a/b", "../x", "%2e%2e", "%2F", "a?b=c", "a#b", "a\\..\\b", "{branch_id}", "$&", "...", " ", "ü"])
      expect((await sent(call, part)).address).toBe(address?.replaceAll("zz9", () => encodeURIComponent(part)));
  });
});

it("sends no word of the API itself as an id", async () => {
  for (const call of [
    () => api.findProject("shared"),
    () => api.deleteProject("auth"),
    () => api.findBranch("quiet-lake-12345678", "count"),
  ])
    await expect(call()).rejects.toThrow("PAL_NOT_ADDRESSABLE");
});

it.each(kinds)("%s: an id of a state whose part is no address is refused", (_, { id }) => {
  const names = listIdNames(id);
  for (const odd of [".", "..", "", "\u0000"])
    for (const at of names.keys()) {
      const text = names.map((name, i) => (i === at ? odd : `${name}-1`)).join("/");
      expect(() => parseId(id, text)).toThrow("PAL_BAD_ID");
    }
});

/** Fields of free text: what they hold goes into bodies and queries, never into an address. A new one is stated here, or refuses dots. */
const FREE: Partial<Record<Kind, readonly string[]>> = {
  // Paths of files are read here, and go into no address.
  Project: [
    ...["name", "network.ranges.description", "network.pathAttestation.attestation", "network.pathAttestation.allowedSigners"],
    "defaultBranch.name",
  ],
  Branch: ["name"],
  IpAllowlist: ["ranges.description", "pathAttestation.attestation", "pathAttestation.allowedSigners"],
  IpAllowlistEntry: ["ranges.description"],
  RotatingRole: ["rotation"],
  PrivateEndpoint: ["label"],
  VpcEndpointRestriction: ["label"],
  JwksUrl: ["providerName", "audience"],
  AuditExport: ["name"],
  ApiKey: ["name"],
  Snapshot: ["name"],
  TemporaryAccess: ["reason", "requester", "approval"],
};

it.each(kinds)("%s: only fields that are never part of an address take dots", (kind, { inputs }) => {
  const taking = leavesOf(inputs).filter(({ field }) => ["..", "."].some((dots) => field.safeParse(dots).success));
  expect(taking.map(({ path }) => path)).toEqual(FREE[kind] ?? []);
});
