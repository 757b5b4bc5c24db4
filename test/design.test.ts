import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** DESIGN.md says where things are and which test holds a decision: both are looked up. */
const ROOT = resolve(__dirname, "..");
const TEXT = readFileSync(join(ROOT, "DESIGN.md"), "utf8");
const MAPPED = [...TEXT.matchAll(/^([\w-]+(?:\/[\w-]+)*)\/\s/gm)].map(([, folder = ""]) => folder);
const MOST_ROWS = 12;

const foldersIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^\.|^(?:node_modules|dist)$/.test(entry.name))
    .map(({ name }) => join(folder, name));

it("the map names folders that are there, and every folder of the top level and of the large rooms", () => {
  expect(MAPPED.filter((folder) => !existsSync(join(ROOT, folder)) || !statSync(join(ROOT, folder)).isDirectory())).toEqual([]);
  expect(MAPPED.filter((folder, index) => MAPPED.indexOf(folder) !== index)).toEqual([]);
  const folders = [foldersIn("."), ...["control-plane", "review", "provider", "tools", "sdk"].map(foldersIn)].flat();
  expect(folders.filter((folder) => !MAPPED.includes(folder))).toEqual([]);
});

it("every path in it exists", () => {
  const paths = [...TEXT.matchAll(/`((?:[\w-]+\/)+[\w.-]+)`/g)].map(([, path = ""]) => path);
  const ours = paths.filter((path) => MAPPED.includes(path.split("/")[0] ?? ""));
  expect(ours.length).toBeGreaterThan(80);
  expect(ours.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

describe("the decisions", () => {
  const groups = TEXT.slice(TEXT.indexOf("## Decisions")).split(/^### /m).slice(1);
  const rowsOf = (group: string) => group.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| decision |"));

  it("stand in groups that can be read at once", () => {
    expect(groups.length).toBeGreaterThan(8);
    expect(groups.filter((group) => rowsOf(group).length > MOST_ROWS).map((group) => group.split("\n")[0])).toEqual([]);
  });

  it("each name the test that holds them, or say that none does", () => {
    const unheld = groups.flatMap(rowsOf).filter((row) => {
      const held = row.split(" | ").at(-1)?.replace(/ \|$/, "") ?? "";
      return held !== "no test" && !held.split(", ").every((path) => path.startsWith("test/") && existsSync(join(ROOT, path)));
    });
    expect(unheld).toEqual([]);
  });
});
