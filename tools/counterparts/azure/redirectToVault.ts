import tls from "node:tls";

/** Where a vault's double listens, and who signs for it. */
export interface VaultAddress {
  readonly host: string;
  readonly port: number;
  readonly authority: string;
}

/** Loaded into a process of tests (`node --require`) it redirects connections to the vault of this variable there; name and certificate are checked as ever. */
export const VAULT_VARIABLE = "PALISADE_VAULT_DOUBLE";

/** @returns what undoes it */
export function redirectToVault({ host, port, authority }: VaultAddress): () => void {
  const { connect } = tls;
  tls.connect = (...words: unknown[]) => {
    const asked = words.find((word): word is tls.ConnectionOptions => typeof word === "object" && word !== null);
    if (asked?.host !== host) return connect(...(words as Parameters<typeof connect>));
    return connect({ ...asked, host: "127.0.0.1", port, servername: host, ca: authority });
  };
  return () => {
    tls.connect = connect;
  };
}

const configuredAddress = process.env[VAULT_VARIABLE];
if (configuredAddress !== undefined) redirectToVault(JSON.parse(configuredAddress) as VaultAddress);
