import type { Finding } from "../finding.js";

/** What a change does, at one resource. */
export interface ChangeFinding extends Finding {
  readonly urn: string;
  /** Key of the project whose reach it is about: its id or, before it has one, its URN. */
  readonly project?: string;
  /** Input that causes it, such as `network.ranges`. */
  readonly property?: string;
  /** One sentence: what the change does. */
  readonly says: string;
  /** Exact sets, where the finding is about addresses. */
  readonly addresses?: { readonly opened: readonly string[]; readonly closed: readonly string[]; readonly witness?: string };
  /** URNs of resources that depend on it, however far. */
  readonly dependents?: readonly string[];
}
