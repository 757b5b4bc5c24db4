// `npm ci` runs `prepare` for the root and again for the link to itself ("@palisade/neon": "file:."): one build is enough.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const linked = existsSync(fileURLToPath(new URL("../node_modules/@palisade/neon/package.json", import.meta.url)));
if (existsSync(compiler) && linked && process.env.PALISADE_PREPARED === undefined) {
  const { status } = spawnSync(process.execPath, [compiler, "-b", "tsconfig.json", "control-plane", "bench"], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PALISADE_PREPARED: "1" },
  });
  process.exit(status ?? 1);
}
