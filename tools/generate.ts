import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as prettier from "prettier";
import type { Resource } from "../provider/engine/define.js";
import { catalogue } from "../provider/resources/index.js";
import { builtRoutes } from "./access/declared.js";
import { accessPage } from "./generate/access.js";
import { errorsPage, referencePage } from "./generate/pages.js";
import { policyConfigSchema, policyPage } from "./generate/policy.js";
import { fileName, sdkClass, sdkIndex } from "./generate/sdk.js";
import { lookupPage, protectedBranchPage } from "./generate/declaredPages.js";
import { reviewPicture } from "./generate/picture.js";
import { seedPage } from "./generate/seed.js";
import { threatsPage } from "./generate/threats.js";

/** Everything that is derived from the schemas and the error registry: path -> text. */
export async function generated(): Promise<Map<string, string>> {
  const resources = Object.entries(catalogue) as unknown as [string, Resource][];
  const files = new Map<string, string>();
  for (const [kind, slice] of resources) {
    files.set(`sdk/resources/${fileName(kind)}.ts`, await formatted(sdkClass(kind, slice)));
    files.set(`docs/reference/${fileName(kind)}.md`, referencePage(kind, slice));
  }
  files.set("sdk/resources/index.ts", await formatted(sdkIndex(resources.map(([kind]) => kind))));
  files.set("docs/errors.md", errorsPage());
  files.set("docs/policy.md", policyPage());
  files.set("docs/reference/protectedBranch.md", protectedBranchPage());
  files.set("docs/reference/lookup.md", lookupPage());
  files.set("docs/reference/seed.md", await seedPage());
  files.set("docs/review.svg", await reviewPicture());
  files.set("docs/threats.md", threatsPage());
  files.set("docs/access.md", accessPage((await builtRoutes()).routes));
  files.set(
    "policy-pack/config.schema.json",
    await prettier.format(JSON.stringify(policyConfigSchema()), { parser: "json", printWidth: 140 }),
  );
  return files;
}

const formatted = (text: string) => prettier.format(text, { parser: "typescript", printWidth: 140 });

/** Files that differ from what would be generated, or that nothing generates any more. */
export async function stale(root: string): Promise<string[]> {
  const wanted = await generated();
  const present = ["sdk/resources", "docs/reference"].flatMap((folder) => list(join(root, folder)).map((name) => `${folder}/${name}`));
  const differing = [...wanted].filter(([path, text]) => read(join(root, path)) !== text).map(([path]) => path);
  return [...differing, ...present.filter((path) => !wanted.has(path))];
}

async function main(root: string): Promise<void> {
  if (process.argv.includes("--check")) {
    const files = await stale(root);
    if (files.length > 0) {
      console.error(`stale: ${files.join(", ")}\nRun "npm run generate" and commit what it writes.`);
      process.exitCode = 1;
    }
    return;
  }
  for (const [path, text] of await generated()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

if (require.main === module) void main(resolve(__dirname, "../.."));
