/** What neither a scan nor a review ever looks at, whatever the key may see. */
export const NEVER_JUDGED = ["the Data API", "Neon Auth and JWKS", "SQL run in the console", "holders of API keys"] as const;
