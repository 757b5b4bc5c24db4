import type { Declared, ResourceChange } from "../change.js";
import type { EndpointTarget } from "./endpointTarget.js";
import type { PrivatePath } from "./privatePath.js";

/** An endpoint that stands after the change, with what was and is around it. */
export interface PathChange {
  readonly before: PrivatePath | undefined;
  readonly after: PrivatePath;
  readonly lead: EndpointTarget;
  /** All resources that are recorded, and all that are declared. */
  readonly recorded: readonly Declared[];
  readonly declared: readonly Declared[];
  /** The resource that changes, of these; the first. */
  readonly causeOf: (urns: readonly string[]) => ResourceChange | undefined;
}
