import { randomBytes } from "node:crypto";
import { parseChallenge, type PathChallenge } from "@palisade/neon/contract/wire/pathChallenge";
import { addSeconds } from "../clock.js";
import { Refusal } from "../domain/refusals.js";
import type { AccessLogEntry } from "../proxy/backend.js";
import type { Store, Tx } from "../store/store.js";

/** Ours: long enough to carry it into a network and the answer back. */
const VALID_SECONDS = 15 * 60;
/** Of one project; the oldest goes. */
const MAX_CHALLENGES = 20;

export function createChallenge(tx: Tx, { id, org_id = "" }: { id: string; org_id?: string | undefined }, at: string): PathChallenge {
  const open = tx.list("path_challenge", { where: { project: id } });
  const over = open.filter(({ expires_at }) => Date.parse(expires_at) <= Date.parse(at));
  const rest = open.filter((each) => !over.includes(each));
  for (const { challenge } of [...over, ...rest.slice(0, Math.max(0, rest.length - MAX_CHALLENGES + 1))])
    tx.remove("path_challenge", challenge);
  const challenge: PathChallenge = {
    challenge: randomBytes(16).toString("hex"),
    org_id,
    project_id: id,
    expires_at: addSeconds(at, VALID_SECONDS),
    seen: [],
  };
  tx.put("path_challenge", challenge);
  return challenge;
}

/** @throws Refusal where it is another project's, is over, or was used */
export function getOpenChallenge(tx: Tx, projectId: string, text: string, at: string): PathChallenge {
  const challenge = tx.get("path_challenge", text);
  if (challenge?.project_id !== projectId || Date.parse(challenge.expires_at) <= Date.parse(at)) throw new Refusal("pathChallengeNotFound");
  return challenge;
}

/**
 * Notes the private endpoint that a connection with a challenge came through. One that was let as far as its password counts: that the proxy
 * lets it in is what is to be proved, and the attesting machine needs no password.
 */
export function recordChallenge(store: Store, entry: AccessLogEntry, serverCertificate: string, now: number): void {
  const challenge = parseChallenge(entry.applicationName);
  const isLetIn = entry.decision === "admitted" || entry.reason === "password-failed";
  if (challenge === undefined || !isLetIn || entry.via === "public") return;
  store.transact((tx) => {
    const open = tx.get("path_challenge", challenge);
    if (open?.project_id !== entry.projectId || Date.parse(open?.expires_at ?? "") <= now || open === undefined) return;
    if (open.seen.some((one) => one.vpc_endpoint_id === entry.via && one.server_certificate === serverCertificate)) return;
    tx.put("path_challenge", { ...open, seen: [...open.seen, { vpc_endpoint_id: entry.via, server_certificate: serverCertificate }] });
  });
}
