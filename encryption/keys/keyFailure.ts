import { type ErrorCode, PalisadeError } from "../../contract/errors.js";

/**
 * Why a key cannot be used. The first four are said by whoever has the key and are definitive; `throttled` and `unavailable` pass by themselves
 * and say nothing about the key; `invalid` is about what was to be opened: it is not of this key or context.
 */
export type KeyFailureKind = "denied" | "disabled" | "notFound" | "pendingDeletion" | "throttled" | "unavailable" | "invalid";

/** Who said so. `credentials`: the plane's own identity could not be shown, which proves nothing about the key. `plane`: its own rules. */
export type KeyFailureSource = "localKms" | "awsKms" | "awsSts" | "azureKeyVault" | "credentials" | "network" | "plane";

/** The answer behind a failure, as far as there was one. */
export interface KeyAnswer {
  readonly source: KeyFailureSource;
  /** The source's own word for it, such as `DisabledException` or `KeyDisabled`. */
  readonly code: string;
  readonly requestId?: string | undefined;
}

const CODES = {
  denied: "PAL_CMK_DENIED",
  disabled: "PAL_CMK_DISABLED",
  notFound: "PAL_CMK_NOT_FOUND",
  pendingDeletion: "PAL_CMK_PENDING_DELETION",
  throttled: "PAL_CMK_THROTTLED",
  unavailable: "PAL_CMK_UNAVAILABLE",
  invalid: "PAL_CMK_INVALID",
} as const satisfies Record<KeyFailureKind, ErrorCode>;

/** A key that cannot be used, classified as data. The message names the key, the reason and what to do; it holds no text of a foreign service. */
export class KeyFailure extends PalisadeError {
  constructor(
    readonly kind: KeyFailureKind,
    /** As {@link KeyProvider.reference}. */
    readonly key: string,
    readonly from: KeyAnswer,
    /** Half a sentence that says more than the kind, such as when the key will be deleted. */
    more?: string,
  ) {
    const request = from.requestId === undefined ? "" : `, request ${from.requestId}`;
    super(CODES[kind], `${key} (${from.source} says ${from.code}${request})${more === undefined ? "" : `: ${more}`}`);
  }

  /** Whether whoever has the key has refused it: not once more for the same asking, and reason to suspend what runs. */
  get isDefinitive(): boolean {
    return DEFINITIVE.has(this.kind);
  }
}

const DEFINITIVE: ReadonlySet<KeyFailureKind> = new Set(["denied", "disabled", "notFound", "pendingDeletion"]);
