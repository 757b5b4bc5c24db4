import type { CurrentUser } from "@palisade/neon/contract/wire/account";
import { type Mint, hashOf } from "./mint.js";
import type { StoredKey } from "./store/kinds.js";
import type { Tx } from "./store/store.js";

interface NewKey {
  name: string;
  by: CurrentUser;
  at: string;
  owner: Pick<StoredKey, "user_id" | "org_id" | "project_id">;
  /** A key that is known already; default: a new one. */
  text?: string;
}

/** The text of the key is returned and forgotten: its hash is kept. */
export function addKey(tx: Tx, mint: Mint, { name, by, at, owner, text = mint.apiKey() }: NewKey): { key: StoredKey; text: string } {
  const { id, name: maker, image } = by;
  const key = { id: tx.number(), name, created_at: at, created_by: { id, name: maker, image }, last_used_from_addr: "", ...owner };
  tx.put("api_key", key, { hash: hashOf(text) });
  return { key, text };
}
