import { z } from "zod";
import { SYSTEM_STORE } from "../../../contract/connection.js";
import { omitUndefined } from "../../../contract/values.js";
import type { Endpoint } from "../../../contract/wire/endpoint.js";
import type { ProxyAddress } from "../../client/organisation.js";
import type { Properties } from "../../engine/define.js";
import { type NeonContext } from "./context.js";

/** What a program needs to write a connection string, of a compute that is there. */
export const computeOutputs = {
  host: z.string().meta({ description: "Host name." }),
  pooledHost: z.string().meta({ description: "Host name of its connection pooler." }),
  port: z.number().meta({ description: "Port of both: 5432 on Neon, the plane's own on an embedded plane." }),
  rootCert: z.string().optional().meta({
    description:
      "Path of the root certificate that an embedded plane's certificates are signed by, on its machine. Absent on Neon: there the system's roots do.",
  }),
  connectionUri: z.string().meta({
    description:
      "Where it is and how it is checked (`sslmode=verify-full`), as a URI of libpq without role, database and password: clients take PGUSER, PGDATABASE and PGPASSWORD. `connectionString` writes the whole string, for any client.",
  }),
};

/** The same of a branch's read-write compute, and which one that is; absent without one. */
export const createBranchOutputs = (branch: string) => ({
  endpointId: z
    .string()
    .optional()
    .meta({ description: `Id of ${branch} read-write compute; absent without one, as are the outputs that tell where it is.` }),
  host: z.string().optional().meta({ description: "Host name of that compute." }),
  pooledHost: computeOutputs.pooledHost.optional().meta({ description: "Host name of its connection pooler." }),
  port: computeOutputs.port.optional().meta(computeOutputs.port.meta() ?? {}),
  rootCert: computeOutputs.rootCert,
  connectionUri: computeOutputs.connectionUri.optional().meta(computeOutputs.connectionUri.meta() ?? {}),
});

type ComputeAddress = Pick<Endpoint, "id" | "host">;

export type Connection = z.output<z.ZodObject<typeof computeOutputs>>;
export type BranchConnection = Partial<Connection & { endpointId: string }>;

export const buildConnection = (compute: ComputeAddress, { port, rootCert }: ProxyAddress): Connection => ({
  host: compute.host,
  pooledHost: formatPooledHost(compute),
  port,
  ...omitUndefined({ rootCert }),
  connectionUri: formatUri(compute, { port, rootCert }),
});

/** To the read-write compute of a branch, where it has one. */
export function buildBranchConnection(computes: readonly Endpoint[], branchId: string, proxy: ProxyAddress): BranchConnection {
  const compute = findReadWriteCompute(computes, branchId);
  return compute ? { endpointId: compute.id, ...buildConnection(compute, proxy) } : {};
}

export const findReadWriteCompute = (computes: readonly Endpoint[], branchId: string): Endpoint | undefined =>
  computes.find((candidate) => candidate.branch_id === branchId && candidate.type === "read_write");

/** What the state knows, where computes need not be asked for. A refresh reads again where the plane listens. */
export async function findKnownConnection(neon: NeonContext, recorded: Properties): Promise<BranchConnection | undefined> {
  const { endpointId, host, port, rootCert } = recorded;
  if (!neon.trustsState || typeof endpointId !== "string" || typeof host !== "string" || typeof port !== "number") return undefined;
  const proxy = neon.isRefresh ? await neon.proxy() : { port, rootCert: typeof rootCert === "string" ? rootCert : undefined };
  return { endpointId, ...buildConnection({ id: endpointId, host }, proxy) };
}

/** Whether the host names the compute. Where all of them share one host, `options` does. */
const isHostOf = ({ id, host }: ComputeAddress): boolean => host.startsWith(`${id}.`);

/** The pooled host has `-pooler` behind the compute's id. */
const formatPooledHost = (compute: ComputeAddress): string =>
  isHostOf(compute) ? compute.host.replace(compute.id, `${compute.id}-pooler`) : compute.host;

const LIBPQ_PORT = 5432;

function formatUri(compute: ComputeAddress, { port, rootCert = SYSTEM_STORE }: ProxyAddress): string {
  const options = isHostOf(compute) ? "" : `&options=endpoint%3D${compute.id}`;
  const authority = port === LIBPQ_PORT ? compute.host : `${compute.host}:${port}`;
  return `postgresql://${authority}/?sslmode=verify-full&sslrootcert=${encodeURIComponent(rootCert)}&channel_binding=require${options}`;
}
