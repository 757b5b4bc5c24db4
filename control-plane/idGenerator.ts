import { createHash, randomBytes, randomInt, randomUUID, timingSafeEqual } from "node:crypto";

const LOWER = "abcdefghijklmnopqrstuvwxyz0123456789";
const ALPHANUMERIC = `${LOWER}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;
const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdef`;
const ADJECTIVES =
  "amber ancient autumn bitter bold brave calm clear cold crimson damp dawn divine dry fancy frosty gentle green jolly late lively long misty orange patient polished proud purple quiet rapid red restless rough round royal shiny shy silent small snowy soft solitary sparkling spring square still super sweet tiny twilight wandering weathered white wild winter wispy yellow young".split(
    " ",
  );
const NOUNS =
  "band bird boat bonus bread breeze brook bush butterfly cake cell cherry cloud credit dawn dew disk dream dust feather field fire firefly flower fog forest frog frost glade glitter grass hall hat haze heart hill king lab lake leaf limit math meadow mode moon morning mountain mouse mud night paper pine poetry pond queen rain recipe resonance rice river salad scene sea shadow shape silence sky smoke snow snowflake sound star sun sunset surf term thunder tooth tree truth union unit violet voice water waterfall wave wildflower wind wood".split(
    " ",
  );

/** Generates ids as Neon spells them, passwords and keys. All of it from the system's CSPRNG, without modulo bias. */
export class IdGenerator {
  /** Keys made while `remember` is on, for the tests' introspection; off, nothing is kept. */
  readonly keys = new Set<string>();

  constructor(private readonly remember: boolean) {}

  createUuid = (): string => randomUUID();
  createProjectId = (): string => `${pickWords()}-${pickText(DIGITS, 8)}`;
  createBranchId = (): string => `br-${pickWords()}-a${pickText(LOWER, 7)}`;
  createEndpointId = (): string => `ep-${pickWords()}-a${pickText(LOWER, 7)}`;
  createSnapshotId = (): string => `snap-${pickWords()}-a${pickText(LOWER, 7)}`;
  createOrgId = (): string => `org-${pickWords()}-${pickText(DIGITS, 8)}`;
  /** 12 alphanumerics: 71 bits. */
  createPassword = (): string => `npg_${pickText(ALPHANUMERIC, 12)}`;

  createApiKey = (): string => {
    const key = `napi_${pickText(LOWER, 64)}`;
    this.noteKey(key);
    return key;
  };

  /** The words around the digits of the id and of the S3 key are Neon's; those of the token, which no page of Neon's shows, are ours. */
  createCredentialId = (): string => `nak_live_${pickText(HEX, 32)}`;
  createCredentialSecrets = (): { api_token: string; s3_secret_access_key: string } => {
    const made = { api_token: `nat_live_${pickText(HEX, 64)}`, s3_secret_access_key: `nsk_live_${pickText(HEX, 64)}` };
    for (const secret of Object.values(made)) this.noteKey(secret);
    return made;
  };

  createExportId = (): string => `export-${pickWords()}-${pickText(DIGITS, 8)}`;

  /** Of 32 bytes, as Standard Webhooks spells it. */
  createSigningSecret = (): string => {
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    this.noteKey(secret);
    return secret;
  };

  noteKey(key: string): void {
    if (this.remember) this.keys.add(key);
  }
}

/** What is kept of a key. Its 330 random bits need no salt and no slow hash. */
export const hashKey = (key: string): string => createHash("sha256").update(key).digest("hex");
/** In constant time, for hashes of one length. */
export const isSameHash = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));

const pickWords = () => `${pick(ADJECTIVES)}-${pick(NOUNS)}`;
const pick = (list: readonly string[]) => list[randomInt(list.length)] ?? "";
const pickText = (alphabet: string, length: number) => Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
