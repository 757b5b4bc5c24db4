/** Exit codes of every verb of the `palisade` command. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  needsReview: 20,
  block: 21,
  cannotJudge: 22,
  drift: 23,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
