import { z } from "zod";
import { Timestamp } from "./common.js";

/** Of the embedded plane alone: whoever connects with it in its application name is seen by the plane, and the way it came in. */
export const PathChallenge = z.object({
  /** 32 hexadecimal digits. */
  challenge: z.string(),
  org_id: z.string(),
  project_id: z.string(),
  /** RFC 3339, 15 minutes after it was made. */
  expires_at: Timestamp,
  /** Private endpoints that connections with it came through, and the SHA-256 of the certificate that each was shown (hex with colons). */
  seen: z.array(z.object({ vpc_endpoint_id: z.string(), server_certificate: z.string() })),
});
export type PathChallenge = z.infer<typeof PathChallenge>;
export const PathChallengeResponse = z.object({ path_challenge: PathChallenge });

/** What a client's application name is, for the plane to see the challenge. */
export const formatApplicationName = (challenge: string): string => `palisade-path ${challenge}`;
const APPLICATION_NAME = /^palisade-path ([0-9a-f]{32})$/;
/** undefined for every other client. */
export const parseChallenge = (applicationName: string | undefined): string | undefined =>
  APPLICATION_NAME.exec(applicationName ?? "")?.[1];
