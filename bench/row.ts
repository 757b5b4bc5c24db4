/** One line of what a benchmark prints. */
export interface Row {
  name: string;
  value: string;
  /** What is aimed at, printed beside the figure. */
  goal?: string;
}

export const formatSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
