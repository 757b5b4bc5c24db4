import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { minVersion, satisfies } from "semver";

/** What npm warns of with EBADENGINE, wherever the packages are installed. */
const ROOT = resolve(__dirname, "..");
const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

interface Engines {
  readonly engines?: { readonly node?: string };
}

it.each(["package.json", "control-plane/package.json"])(
  "everything that is installed runs on the oldest Node.js that %s promises",
  (path) => {
    const oldest = minVersion((read(path) as Engines).engines?.node ?? "")?.version ?? "";
    expect(oldest).toMatch(/^20\./);
    const { packages } = read("package-lock.json") as { packages: Record<string, Engines> };
    const others = Object.entries(packages).flatMap(([name, { engines }]) =>
      engines?.node === undefined || satisfies(oldest, engines.node) ? [] : [`${name} wants Node.js ${engines.node}`],
    );
    expect(others).toEqual([]);
  },
);
