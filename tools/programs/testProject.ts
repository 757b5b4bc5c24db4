import { deepStrictEqual } from "node:assert";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { countChanges, type Result, Stack, STACK } from "../pulumi/stack.js";
import type { Access } from "../reliability/providerProcess.js";

/** Files by their path below the project; `Pulumi.yaml` and `package.json` take the place of those a stack has by itself. */
export type Files = Readonly<Record<string, string>>;

/** A folder with a program, configured for the plane, and the CLI in it. */
export interface TestProject {
  readonly access: Access;
  readonly stack: Stack;
  /** Writes files into the project. */
  readonly write: (files: Files) => Promise<void>;
  /** Makes one more stack of the same project, with the same configuration. */
  readonly addStack: (name: string) => Promise<void>;
  /** `pulumi up` of a stack of the project. @throws unless it does what is said; "nothing" is what `--expect-no-changes` takes for it */
  readonly up: (expected: Readonly<Record<string, number>> | "nothing", options?: UpOptions) => Promise<Result>;
}

export interface UpOptions {
  name?: string;
  args?: readonly string[];
  env?: Record<string, string>;
}

/** Runs `work` in a folder of its own, and removes everything afterwards. */
export async function withTestProject<R>(access: Access, work: (testProject: TestProject) => Promise<R>): Promise<R> {
  const stack = await Stack.create({ program: "", env: { NEON_API_KEY: access.apiKey } });
  const config = { "palisade:apiUrl": access.apiUrl };
  const testProject: TestProject = {
    access,
    stack,
    write: async (files) => {
      for (const [path, text] of Object.entries(files)) {
        const file = join(stack.project, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    },
    addStack: async (name) => {
      await stack.run(["stack", "init", name], { check: true });
      const flags = Object.entries(config).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
      await stack.run(["config", "set-all", "--stack", name, ...flags], { check: true });
    },
    up: async (expected, { name = STACK, args = [], env = {} } = {}) => {
      const flags = [...args, ...(expected === "nothing" ? ["--expect-no-changes"] : [])];
      if (name !== STACK) return stack.run(["up", "--stack", name, "--yes", "--skip-preview", ...flags], { env, check: true });
      const result = await stack.up({ args: flags, env, check: true });
      if (expected !== "nothing") deepStrictEqual(countChanges(result), expected);
      return result;
    },
  };
  try {
    await stack.init(config);
    return await work(testProject);
  } finally {
    await stack.dispose();
  }
}
