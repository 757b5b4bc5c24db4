import type { IncomingHttpHeaders } from "node:http";

/** An answer that comes instead of the double's own: an error of AWS by its code, or a connection that is cut. */
export type Fault = { readonly code: string; readonly status: number } | "cut";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
