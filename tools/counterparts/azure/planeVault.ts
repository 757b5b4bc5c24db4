import { KeyClient } from "@azure/keyvault-keys";
import type { PlaneOptions } from "../../../contract/plane.js";
import { startKeyVault } from "./keyVault.js";

/** Where the double says that it is; no packet goes there. */
const HOST = "acme.vault.azure.net";
export const VAULT_URL = `https://${HOST}`;
/** The two RSA keys of the vault. */
export const KEY_NAMES = ["palisade", "other"] as const;

/** A double of a vault with two keys that a plane's identity may use. */
export interface PlaneVault {
  /** What a plane is started with, so that an organisation may name the keys. */
  optionsFor(organization: string): { allowedKeys: NonNullable<PlaneOptions["allowedKeys"]>; keyClients: { azureKeyVault: object } };
  /** Each call that the double was asked, as `operation key`. */
  readonly log: readonly string[];
  /** Gives the key a new version, as its owner. */
  rotate(name: (typeof KEY_NAMES)[number]): Promise<void>;
  stop(): Promise<void>;
}

/** The part of the built plane that makes certificates, by a name the compiler does not follow: the plane is a package of its own. */
interface CertificateIssuer {
  createAuthority: (period: Period) => Promise<CertificatePair>;
  createServerCertificate: (authority: CertificatePair, names: readonly string[], period: Period) => Promise<CertificatePair>;
}
interface Period {
  notBefore: Date;
  notAfter: Date;
}
interface CertificatePair {
  cert: string;
  key: string;
}

export async function startPlaneVault(): Promise<PlaneVault> {
  const built = "@palisade/control-plane/dist/pki/issue.js";
  const { createAuthority, createServerCertificate } = (await import(built)) as CertificateIssuer;
  const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };
  const authority = await createAuthority(period);
  const server = await createServerCertificate(authority, [HOST], period);
  const vault = await startKeyVault({ host: HOST, ...server, authority: authority.cert });
  const credentialOf = (token: string) => ({ getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 86_400_000 }) });
  vault.allow("owner", ["*"]);
  vault.allow("plane", ["get", "wrapKey", "unwrapKey"]);
  const owner = new KeyClient(VAULT_URL, credentialOf("owner"), vault.clientOptions);
  for (const name of KEY_NAMES) await owner.createRsaKey(name, { keySize: 2048, keyOps: ["wrapKey", "unwrapKey"] });
  return {
    optionsFor: (organization) => ({
      allowedKeys: KEY_NAMES.map((name) => ({ organization, key: `${VAULT_URL}/keys/${name}` })),
      keyClients: { azureKeyVault: { clientOptions: vault.clientOptions, credential: credentialOf("plane") } },
    }),
    log: vault.log,
    rotate: async (name) => {
      await owner.rotateKey(name);
    },
    stop: () => vault.close(),
  };
}
