import type { Answer, TestPlane } from "../support/plane.js";

/** The planes that the table is tried on. */
export interface Scene {
  scale: TestPlane;
  free: TestPlane;
  /** Its operations take longer than a test. */
  slow: TestPlane;
  /** With Neon's rate limits. */
  limited: TestPlane;
}

export interface Case {
  status: number;
  code: string;
  /** To the letter, but for ids. Where Neon's text is unknown: what it is known to hold. */
  text: string | RegExp;
  provoke: (scene: Scene) => Promise<Answer>;
}

/** A test of another file. */
export interface Held {
  file: string;
  test: string;
}

/** One line of the table; where it is not an answer of a plane, why, and what stands for it. */
export type Line = { situation: string } & ({ cases: readonly Case[] } | { reason: string; held: Held });
