import { PalisadeError } from "../../contract/errors.js";
import { RESERVED_IDS } from "../../contract/ids.js";
import { findPathPartProblem } from "../../contract/pathPart.js";

/**
 * The one point that every call of the SDK passes before its address is made: each part that the address asks for is given, and stays one part
 * whatever it holds, so that no name changes which object a call is about.
 * @throws PAL_NOT_ADDRESSABLE; nothing was sent
 */
export function assertAddressable(call: unknown): Promise<void> {
  const { url, path = {} } = call as { url: string; path?: Record<string, unknown> };
  for (const [, name = ""] of url.matchAll(/\{([^{}]+)\}/g)) {
    const value = path[name];
    const why = findPathPartProblem(value) ?? (RESERVED_IDS[name]?.includes(String(value)) ? "is a word of the API itself" : undefined);
    if (why !== undefined)
      return Promise.reject(
        new PalisadeError("PAL_NOT_ADDRESSABLE", `${name} ${value === undefined ? "(none)" : JSON.stringify(value)} of ${url} ${why}`),
      );
  }
  return Promise.resolve();
}
