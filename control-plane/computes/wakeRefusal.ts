import { ERRORS, isPalisadeError } from "@palisade/neon/contract/errors";
import { WakeRefusal } from "../proxy/backend.js";

/** What a client is told of data that no key opens; its location is left out. */
export function toWakeRefusal(error: unknown): unknown {
  const told = isPalisadeError(error) && /^PAL_(CMK|ERASED|SEALED)/.test(error.code);
  return told ? new WakeRefusal(`Control plane request failed: ${ERRORS[error.code].summary}`) : error;
}
