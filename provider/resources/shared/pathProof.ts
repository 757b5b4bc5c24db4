import { z } from "zod";

/** What a program gives as proof that a private path leads to the project. */
export const PathProof = z.strictObject({
  attestation: z.string().min(1, "must not be empty").meta({
    description: "File that `palisade attest-path` wrote inside the network, or its text. Holds for 15 minutes, and for one update.",
  }),
  allowedSigners: z.string().min(1, "must not be empty").meta({
    description: "File of the allowed signers (`ssh-keygen -Y`): whose keys may attest.",
  }),
});
export type PathProof = z.output<typeof PathProof>;
