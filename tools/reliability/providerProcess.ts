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
  const hooks: Partial<Record<Kind, Hooks>> = {};
  // As Pulumi has them: made for a kind when the first resource of it comes. A process here mostly sees one, and all take a while to make.
  for (const kind of Object.keys(catalogue) as Kind[]) {
    let made: Hooks | undefined;
    const get = (): Hooks => (made ??= createHooks(catalogue[kind] as never, () => Promise.resolve(session), declarations));
    Object.defineProperty(hooks, kind, { enumerable: true, get });
  }
  return {
    hooks: hooks as ProviderProcess["hooks"],
    get isKilled() {
      return controller.signal.aborted;
    },
    kill: () => {
      controller.abort();
    },
  };
}
