import { lookup } from "node:dns/promises";
import type { Account } from "../../contract/account.js";
import { PalisadeError } from "../../contract/errors.js";
import { createUnprovedError } from "../../contract/pathAttestation.js";
import type { PathAttestation } from "../../contract/pathAttestation.js";
import { formatApplicationName } from "../../contract/wire/pathChallenge.js";
import { createSession } from "../../provider/sessions.js";
import { isNeon } from "../planeStatus.js";
import type { PathWatch } from "./check.js";
import { isPrivateAddress } from "./privateAddress.js";
import type { Roots } from "./rootStore.js";
import { probeLogin, logIn } from "./login.js";
import { StepFailure } from "./steps.js";
import { DEFAULT_PORT, type Login } from "./uri.js";
import { requestTls, connectToAny, startTls } from "./postgresStartup.js";

/** A look at a server, and a login that may wake a compute: in milliseconds, ours. */
const LIMIT_MS = 60_000;

/**
 * Connects to the project's host as a client inside of the network does, with the certificate checked, and asks the plane which way it came in.
 * @throws PAL_PATH_UNPROVED unless the host's address is private and the plane has seen a private endpoint and this very certificate
 */
export async function attestPath(account: Account, projectId: string, login: Login, roots: Roots): Promise<PathAttestation> {
  if (isNeon(account)) throw new PalisadeError("PAL_NOT_A_PLANE", account.apiUrl);
  const { vpc } = createSession(account, undefined, new AbortController().signal).ctx.api;
  const { challenge, org_id: organisation } = await vpc.createChallenge(projectId);
  const addresses = login.hostAddress ? [login.hostAddress] : (await lookup(login.host, { all: true })).map(({ address }) => address);
  const outside = addresses.filter((address) => !isPrivateAddress(address));
  if (outside.length > 0) throw createUnprovedError(`${login.host} leads to ${outside.join(", ")}, which is public, from here`);
  try {
    const serverCertificate = await connect(login, addresses, roots, challenge);
    const { seen } = await vpc.getChallenge(projectId, challenge);
    const endpointIds = seen.flatMap((one) => (one.server_certificate === serverCertificate ? [one.vpc_endpoint_id] : []));
    if (endpointIds.length === 0)
      throw createUnprovedError(
        seen.length === 0
          ? "the plane has not seen the connection come in by a private endpoint"
          : "the server showed another certificate than its own",
      );
    return { version: 1, organisation, projectId, endpointIds, serverCertificate, challenge, madeAt: new Date().toISOString() };
  } catch (error) {
    if (error instanceof StepFailure) throw createUnprovedError(`${error.step}: ${error.message}`);
    throw error;
  }
}

/**
 * Which way a connection to the project comes in, as the plane sees it.
 * @throws PAL_NOT_A_PLANE: nobody else tells
 */
export async function watchPath(account: Account, projectId: string): Promise<PathWatch> {
  if (isNeon(account)) throw new PalisadeError("PAL_NOT_A_PLANE", account.apiUrl);
  const { vpc } = createSession(account, undefined, new AbortController().signal).ctx.api;
  const { challenge } = await vpc.createChallenge(projectId);
  return {
    applicationName: formatApplicationName(challenge),
    endpoints: async () => [...new Set((await vpc.getChallenge(projectId, challenge)).seen.map((one) => one.vpc_endpoint_id))],
  };
}

/** @returns the SHA-256 of the certificate that the server proved its name with */
async function connect(login: Login, addresses: readonly string[], roots: Roots, challenge: string): Promise<string> {
  const port = login.port ?? DEFAULT_PORT;
  const late = AbortSignal.timeout(LIMIT_MS);
  const { socket, address } = await connectToAny(addresses, port, late);
  const giveUp = () => socket.destroy();
  late.addEventListener("abort", giveUp);
  try {
    if (!(await requestTls(socket))) throw new StepFailure("tls offered", "the server has no TLS", "Correct host and port");
    const { fingerprint256 } = (await startTls(socket, login.host, roots.pem)).getPeerCertificate();
    const way = { login, address, port, ca: roots.pem, applicationName: formatApplicationName(challenge) };
    const patience = { interrupted: new AbortController().signal, limitMs: LIMIT_MS };
    if (login.password === undefined) await probeLogin(way, patience);
    else await logIn({ ...way, password: login.password }, patience, () => undefined);
    return fingerprint256;
  } finally {
    late.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}
