import type { PlaneReady } from "../../contract/plane.js";
import type { TransportOptions } from "../../provider/client/transport.js";
import { Declarations } from "../../provider/engine/declarations.js";
import { type Hooks, createHooks } from "../../provider/engine/hooks.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { createSession } from "../../provider/sessions.js";

/** Where the plane is, and who asks. */
export type Access = Pick<PlaneReady, "apiUrl" | "apiKey" | "orgId">;

/** The provider as one run of Pulumi starts it: it knows nothing of the runs before. */
export interface ProviderProcess {
  readonly hooks: Record<Kind, Hooks>;
  readonly isKilled: boolean;
  /** No further call leaves, and nothing that a hook answers from now on is recorded. */
  kill(): void;
}

export interface ProcessOptions {
  stackId?: string | undefined;
  limits?: TransportOptions["limits"];
}

export function startProviderProcess({ apiUrl, apiKey, orgId }: Access, { stackId, limits }: ProcessOptions = {}): ProviderProcess {
  const controller = new AbortController();
  const session = createSession({ apiUrl, apiKey, orgId }, stackId, controller.signal, limits);
  const declarations = new Declarations();
  const kinds = Object.keys(catalogue) as Kind[];
  return {
    hooks: Object.fromEntries(
      kinds.map((kind) => [kind, createHooks(catalogue[kind] as never, () => Promise.resolve(session), declarations)]),
    ) as ProviderProcess["hooks"],
    get isKilled() {
      return controller.signal.aborted;
    },
    kill: () => {
      controller.abort();
    },
  };
}
