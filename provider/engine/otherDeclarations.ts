/** What the rest of this run declares, as one resource sees it. */
export interface OtherDeclarations {
  /** Whether another resource declares it. */
  isDeclared: (key: string) => boolean;
  /** Whether anything does, this resource itself included: what opens asks so, because a replacement may remove before it makes. */
  isDeclaredByAny: (key: string) => boolean;
  /** The rest of the keys that others declare and that begin so. */
  listKeysUnder: (prefix: string) => string[];
  /** Whether this run has taken away something of what the resource itself declares: then all of it is sent, whatever was live a moment ago. */
  mustResend: () => boolean;
  /** Says that this call takes it away, in the same tick in which it asked: who declares it later sends it again. */
  markDropped: (keys: readonly string[]) => void;
}
