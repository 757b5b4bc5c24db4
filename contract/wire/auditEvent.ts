/**
 * Rows of the plane's audit, as they are kept, shown and exported. All ours: Neon's API has no audit. A stream is what one organisation may see;
 * what belongs to none (a connection to a compute that does not exist) is of the plane's own stream, whose `org_id` is null.
 * Names are snake_case, as on the wire. No row holds a secret: secrets of documents are replaced before a row is made.
 */
export type AuditEvent = ChangeEvent | ConnectionEvent | ConnectionEndEvent | RefusalCountEvent | StatementEvent | AnomalyEvent;

interface AuditEventBase {
  readonly version: 1;
  readonly org_id: string | null;
  /** Place in the stream: begins with 1 and has no gaps. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly project_id?: string;
  /** SHA-256, hexadecimal, of the digest of the row before and of this row's canonical JSON without `digest`; the first row follows 64 zeros. */
  readonly digest: string;
  /** In exports alone: fields that were left out, or in which something was replaced. The digest is of the row as the plane keeps it. */
  readonly redacted?: readonly string[];
}

/** A call changed a document. `before` is absent for what was created, `after` for what was deleted. */
export interface ChangeEvent extends AuditEventBase {
  readonly type: "change";
  readonly key_id: number;
  readonly owner: { readonly type: string; readonly id: string };
  /** Method and route. */
  readonly call: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly request_id: string;
  readonly address: string;
}

/** What the proxy decided for one connection or cancel request. */
export interface ConnectionEvent extends AuditEventBase {
  readonly type: "connection";
  readonly action: "connect" | "cancel";
  readonly decision: "admitted" | "refused";
  /** With `refused`: one of the proxy's reasons, such as `password-failed` or `ip-address-not-allowed`. */
  readonly reason?: string;
  /** Of the connection, to find its end by: a UUID. */
  readonly session: string;
  readonly address: string;
  /** `public`, or the id of the private endpoint it came through. */
  readonly via: string;
  readonly endpoint_id?: string;
  readonly branch_id?: string;
  readonly role?: string;
  readonly database?: string;
  readonly application_name?: string;
}

/** The end of an admitted session. */
export interface ConnectionEndEvent extends AuditEventBase {
  readonly type: "connection-end";
  readonly session: string;
  readonly duration_ms: number;
  readonly bytes_from_client: number;
  readonly bytes_to_client: number;
}

/** Refusals beyond the budget of a stream, counted and not written one by one. */
export interface RefusalCountEvent extends AuditEventBase {
  readonly type: "refusals-counted";
  readonly refusals: number;
  /** RFC 3339: of the first of them; `at` is that of the last. */
  readonly since: string;
}

/** A statement of a session of temporary access: normalised, without constants. */
export interface StatementEvent extends AuditEventBase {
  readonly type: "statement";
  readonly session: string;
  readonly branch_id: string;
  readonly role: string;
  /** Absent where the text could not be parsed: it may hold anything. */
  readonly statement?: string;
  /** Of the text as it was sent; bytes. */
  readonly length: number;
}

/** What a rule found in the rows before it. */
export interface AnomalyEvent extends AuditEventBase {
  readonly type: "anomaly";
  readonly rule: string;
  readonly severity: "low" | "medium" | "high";
  /** One sentence: what happened, to what, from where. */
  readonly summary: string;
  /** Rows of the same stream, by `seq`; at most 20. */
  readonly evidence: readonly number[];
  readonly branch_id?: string;
  readonly role?: string;
}
