import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type VerbModel, listVerbModels } from "../cli/completion/model.js";
import { VERBS } from "../cli/verbs.js";

/** What the pages name is there: files, headings, verbs and options. */
const ROOT = resolve(__dirname, "..");

const pagesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) || entry.name.startsWith(".") ? [] : pagesIn(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
const PAGES = pagesIn(".");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const FENCED = /^ {0,3}```[^]*?^ {0,3}```$/gm;
const withoutCode = (text: string): string => text.replace(FENCED, "").replace(/`[^`\n]*`/g, "");

/** As GitHub names the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
const anchorsOf = (path: string): string[] =>
  [
    ...read(path)
      .replace(FENCED, "")
      .matchAll(/^#{1,6} (.+)$/gm),
  ].map(([, heading = ""]) => anchorOf(heading));

/** What is wrong with a link, or undefined. */
function brokenLink(page: string, link: string): string | undefined {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
  if (!existsSync(join(ROOT, target))) return `${page}: ${link} is not there`;
  if (anchor === undefined || statSync(join(ROOT, target)).isDirectory()) return undefined;
  return anchorsOf(target).includes(anchor) ? undefined : `${page}: ${link} names no heading`;
}

const linksIn = (page: string): string[] =>
  [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));

it("every link of a page leads to a file, and to a heading of it", () => {
  const links = PAGES.flatMap((page) => linksIn(page).map((link) => [page, link] as const));
  expect(links.length).toBeGreaterThan(80);
  expect(links.map(([page, link]) => brokenLink(page, link)).filter(Boolean)).toEqual([]);
  expect(brokenLink("README.md", "docs/nowhere.md")).toBeDefined();
  expect(brokenLink("README.md", "DESIGN.md#nowhere")).toBeDefined();
});

/** `palisade <verb> <words>` in code, up to the end of the command. */
const commandsIn = (page: string): string[][] => {
  const text = read(page);
  const blocks = text.match(FENCED) ?? [];
  const spans = [...text.replace(FENCED, "").matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span.replaceAll("\n", " "));
  const code = [...blocks, ...spans];
  return code.flatMap((one) =>
    [...one.matchAll(/(?:^|[\s(;|])palisade ([a-z][^\n|;)`]*)/gm)].map(
      ([, words = ""]) => words.split(" # ")[0]?.trim().split(/\s+/) ?? [],
    ),
  );
};

/** What is wrong with a command, or undefined. */
function wrongCommand(verbs: readonly VerbModel[], [name = "", ...words]: readonly string[]): string | undefined {
  if (name === "help") return undefined;
  const verb = verbs.find((one) => one.name === name);
  if (!verb) return `there is no verb ${name}`;
  const own = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  const options = verb.options.flatMap(({ names }) => names);
  const unknown = own.map((word) => /^--[a-z-]+/.exec(word)?.[0]).find((word) => word !== undefined && !options.includes(word));
  return unknown === undefined ? undefined : `${name} has no option ${unknown}`;
}

it("every command of a page has a verb, and options of it", async () => {
  const verbs = await listVerbModels(VERBS);
  const commands = PAGES.filter((page) => page !== "CHANGELOG.md").flatMap((page) => commandsIn(page).map((words) => ({ page, words })));
  expect(commands.length).toBeGreaterThan(60);
  const wrong = commands.flatMap(({ page, words }) => {
    const why = wrongCommand(verbs, words);
    return why === undefined ? [] : [`${page}: palisade ${words.join(" ")}: ${why}`];
  });
  expect(wrong).toEqual([]);
  expect(wrongCommand(verbs, ["reviews"])).toBe("there is no verb reviews");
  expect(wrongCommand(verbs, ["review", "--bases", "x", "--", "--other"])).toBe("review has no option --bases");
}, 60_000);

/** Lines that follow each other and say nearly the same: both sides of a merge were kept. */
function listRepeatedLines(text: string): string[] {
  const lines = text.replace(FENCED, "").split("\n");
  const wordsOf = (line: string) => new Set(line.split(/\s+/));
  return lines.slice(1).filter((line, index) => {
    const [before, after] = [wordsOf(lines[index] ?? ""), wordsOf(line)];
    const fewest = Math.min(before.size, after.size);
    return !line.startsWith("|") && fewest >= 8 && [...after].filter((word) => before.has(word)).length > fewest * 0.8;
  });
}

it("no page says a line twice in a row, or explains a script twice in one line", () => {
  const written = PAGES.filter((page) => !page.startsWith("docs/reference/"));
  expect(written.flatMap((page) => listRepeatedLines(read(page)).map((line) => `${page}: ${line.slice(0, 80)}`))).toEqual([]);
  expect(
    listRepeatedLines("one two three four five six seven eight nine 29\none two three four five six seven eight nine 34"),
  ).toHaveLength(1);
  const explained = PAGES.flatMap((page) => read(page).split("\n")).map((line) =>
    [...line.matchAll(/`npm run ([\w-]+)` \(/g)].map(([, script = ""]) => script),
  );
  expect(explained.flat().length).toBeGreaterThan(3);
  expect(explained.filter((scripts) => new Set(scripts).size < scripts.length)).toEqual([]);
});

it("every heading that is quoted after the name of a page is one of it", () => {
  const quoted = PAGES.flatMap((page) =>
    [...read(page).matchAll(/([\w-]+\.md), "([^"\n]+)"/g)].map(([, name = "", heading = ""]) => ({ page, name, heading })),
  );
  expect(quoted.length).toBeGreaterThan(0);
  const wrong = quoted.filter(
    ({ name, heading }) => !PAGES.some((one) => one.split("/").at(-1) === name && anchorsOf(one).includes(anchorOf(heading))),
  );
  expect(wrong).toEqual([]);
});
