import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as prettier from "prettier";
import type { Resource } from "../provider/engine/define.js";
import { catalogue } from "../provider/resources/index.js";
import { loadBuiltRoutes } from "./access/declaredRoutes.js";
import { renderAccessPage } from "./generate/accessPage.js";
import { renderCompliancePage } from "./generate/compliancePage.js";
import { renderErrorsPage, renderReferencePage } from "./generate/pages.js";
import { buildPolicyConfigSchema, renderPolicyPage } from "./generate/policyPage.js";
import { formatFileName, renderSdkClass, renderSdkIndex } from "./generate/sdk.js";
import { renderLookupPage, renderProtectedBranchPage } from "./generate/declaredPages.js";
import { renderReviewPicture } from "./generate/picture.js";
import { renderSeedPage } from "./generate/seed.js";
import { renderThreatsPage } from "./generate/threatsPage.js";

/** Everything that is derived from the schemas and the error registry: path -> text. */
export async function generateFiles(): Promise<Map<string, string>> {
  const resources = Object.entries(catalogue) as unknown as [string, Resource][];
  const files = new Map<string, string>();
  for (const [kind, slice] of resources) {
    files.set(`sdk/resources/${formatFileName(kind)}.ts`, await formatCode(renderSdkClass(kind, slice)));
    files.set(`docs/reference/${formatFileName(kind)}.md`, renderReferencePage(kind, slice));
  }
  files.set("sdk/resources/index.ts", await formatCode(renderSdkIndex(resources.map(([kind]) => kind))));
  files.set("docs/errors.md", renderErrorsPage());
  files.set("docs/policy.md", renderPolicyPage());
  files.set("docs/compliance.md", renderCompliancePage());
  files.set("docs/reference/protectedBranch.md", renderProtectedBranchPage());
  files.set("docs/reference/lookup.md", renderLookupPage());
  files.set("docs/reference/seed.md", await renderSeedPage());
  files.set("docs/review.svg", await renderReviewPicture());
  files.set("docs/threats.md", renderThreatsPage());
  files.set("docs/access.md", renderAccessPage((await loadBuiltRoutes()).routes));
  files.set(
    "policy-pack/config.schema.json",
    await prettier.format(JSON.stringify(buildPolicyConfigSchema()), { parser: "json", printWidth: 140 }),
  );
  return files;
}

const formatCode = (text: string) => prettier.format(text, { parser: "typescript", printWidth: 140 });

/** Files that differ from what would be generated, or that nothing generates any more. */
export async function listStale(root: string): Promise<string[]> {
  const wanted = await generateFiles();
  const present = ["sdk/resources", "docs/reference"].flatMap((folder) =>
    listIfPresent(join(root, folder)).map((name) => `${folder}/${name}`),
  );
  const differing = [...wanted].filter(([path, text]) => readIfPresent(join(root, path)) !== text).map(([path]) => path);
  return [...differing, ...present.filter((path) => !wanted.has(path))];
}

async function main(root: string): Promise<void> {
  if (process.argv.includes("--check")) {
    const files = await listStale(root);
    if (files.length > 0) {
      console.error(`stale: ${files.join(", ")}\nRun "npm run generate" and commit what it writes.`);
      process.exitCode = 1;
    }
    return;
  }
  for (const [path, text] of await generateFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function listIfPresent(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

if (require.main === module) void main(resolve(__dirname, "../.."));
