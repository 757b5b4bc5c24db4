import type { CurrentUser } from "@palisade/neon/contract/wire/account";
import { type IdGenerator, hashKey } from "./idGenerator.js";
import type { StoredApiKey } from "./store/kinds.js";
import type { Tx } from "./store/store.js";

interface NewApiKey {
  name: string;
  by: CurrentUser;
  at: string;
  owner: Pick<StoredApiKey, "user_id" | "org_id" | "project_id">;
  /** A key that is known already; default: a new one. */
  text?: string;
}

/** Returns the text of the key; only its hash is stored. */
export function addApiKey(
  tx: Tx,
  ids: IdGenerator,
  { name, by, at, owner, text = ids.createApiKey() }: NewApiKey,
): { key: StoredApiKey; text: string } {
  const { id, name: maker, image } = by;
  const key = { id: tx.createNumber(), name, created_at: at, created_by: { id, name: maker, image }, last_used_from_addr: "", ...owner };
  tx.put("api_key", key, { hash: hashKey(text) });
  return { key, text };
}
