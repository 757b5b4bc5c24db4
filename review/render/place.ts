import { posix } from "node:path";

/** Where a review was made. */
export interface Origin {
  /** Folder of the program inside its repository, with slashes; empty at the root. */
  readonly folder: string;
  /** Of Palisade. */
  readonly version: string;
  /** When. */
  readonly at: Date;
}

export interface Place {
  /** Relative to the repository. */
  readonly path: string;
  readonly line: number;
}

/** The line of a finding; without one the project's file, because code scanning takes nothing that has no place. */
export function toPlace(location: string | undefined, { folder }: Pick<Origin, "folder">): Place {
  const [, path = "Pulumi.yaml", digits = "1"] = /^(.+):(\d{1,9})$/s.exec(location ?? "") ?? [];
  return { path: posix.join(folder, path), line: Math.max(1, Number(digits)) };
}
