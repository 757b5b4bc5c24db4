import { lookup } from "node:dns/promises";
import type { Account } from "../../contract/account.js";
import { PalisadeError } from "../../contract/errors.js";
import type { PathAttestation } from "../../contract/pathAttestation.js";
import { pathApplicationName } from "../../contract/wire/pathChallenge.js";
import { sessionOf } from "../../provider/sessions.js";
import { isNeon } from "../planeStatus.js";
import type { PathWatch } from "./check.js";
import { isPrivateAddress } from "./privateAddress.js";
import type { Roots } from "./rootStore.js";
import { knock, logIn } from "./session.js";
import { Failure } from "./steps.js";
import { DEFAULT_PORT, type Login } from "./uri.js";
import { askForTls, dial, secure } from "./wire.js";

/** A look at a server, and a login that may wake a compute: in milliseconds, ours. */
const LIMIT_MS = 60_000;

/**
 * Connects to the project's host as a client inside of the network does, with the certificate checked, and asks the plane which way it came in.
 * @throws PAL_PATH_UNPROVED unless the host's address is private and the plane has seen a private endpoint and this very certificate
 */
export async function attestPath(account: Account, projectId: string, login: Login, roots: Roots): Promise<PathAttestation> {
  if (isNeon(account)) throw new PalisadeError("PAL_NOT_A_PLANE", account.apiUrl);
  const { vpc } = sessionOf(account, undefined, new AbortController().signal).ctx.api;
  const { challenge, org_id: organisation } = await vpc.newChallenge(projectId);
  const addresses = login.hostAddress ? [login.hostAddress] : (await lookup(login.host, { all: true })).map(({ address }) => address);
  const outside = addresses.filter((address) => !isPrivateAddress(address));
  if (outside.length > 0) throw unproved(`${login.host} leads to ${outside.join(", ")}, which is public, from here`);
  try {
    const serverCertificate = await connect(login, addresses, roots, challenge);
    const { seen } = await vpc.challenge(projectId, challenge);
    const endpointIds = seen.flatMap((one) => (one.server_certificate === serverCertificate ? [one.vpc_endpoint_id] : []));
    if (endpointIds.length === 0)
      throw unproved(
        seen.length === 0
          ? "the plane has not seen the connection come in by a private endpoint"
          : "the server showed another certificate than its own",
      );
    return { version: 1, organisation, projectId, endpointIds, serverCertificate, challenge, madeAt: new Date().toISOString() };
  } catch (error) {
    if (error instanceof Failure) throw unproved(`${error.step}: ${error.message}`);
    throw error;
  }
}

/**
 * Which way a connection to the project comes in, as the plane sees it.
 * @throws PAL_NOT_A_PLANE: nobody else tells
 */
export async function watchPath(account: Account, projectId: string): Promise<PathWatch> {
  if (isNeon(account)) throw new PalisadeError("PAL_NOT_A_PLANE", account.apiUrl);
  const { vpc } = sessionOf(account, undefined, new AbortController().signal).ctx.api;
  const { challenge } = await vpc.newChallenge(projectId);
  return {
    applicationName: pathApplicationName(challenge),
    endpoints: async () => [...new Set((await vpc.challenge(projectId, challenge)).seen.map((one) => one.vpc_endpoint_id))],
  };
}

/** @returns the SHA-256 of the certificate that the server proved its name with */
async function connect(login: Login, addresses: readonly string[], roots: Roots, challenge: string): Promise<string> {
  const port = login.port ?? DEFAULT_PORT;
  const late = AbortSignal.timeout(LIMIT_MS);
  const { socket, address } = await dial(addresses, port, late);
  const giveUp = () => socket.destroy();
  late.addEventListener("abort", giveUp);
  try {
    if (!(await askForTls(socket))) throw new Failure("tls offered", "the server has no TLS", "Correct host and port");
    const { fingerprint256 } = (await secure(socket, login.host, roots.pem)).getPeerCertificate();
    const way = { login, address, port, ca: roots.pem, applicationName: pathApplicationName(challenge) };
    const patience = { interrupted: new AbortController().signal, limitMs: LIMIT_MS };
    if (login.password === undefined) await knock(way, patience);
    else await logIn({ ...way, password: login.password }, patience, () => undefined);
    return fingerprint256;
  } finally {
    late.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}

const unproved = (why: string) => new PalisadeError("PAL_PATH_UNPROVED", why);
