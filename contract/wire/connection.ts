import { z } from "zod";

export const ConnectionUri = z.object({
  connection_uri: z.string(),
  connection_parameters: z.object({
    database: z.string(),
    password: z.string(),
    role: z.string(),
    host: z.string(),
    pooler_host: z.string(),
  }),
});
export type ConnectionUri = z.infer<typeof ConnectionUri>;
export const ConnectionUris = z.object({ connection_uris: z.array(ConnectionUri) });
export const ConnectionUriResponse = z.object({ uri: z.string() });
