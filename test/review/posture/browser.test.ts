import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AxeResults, RunOptions } from "axe-core";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { renderPage } from "../../../review/posture/page/page.js";
import { chromium } from "../../support/drivers/install.js";
import { planeDirectory, sharedPlane } from "../../support/plane.js";
import { look, reportOf } from "./lab.js";
import { parseIgnoreRules } from "../../../review/drift/ignore.js";

/** The page in a real browser: for everybody, in light and dark, on paper. Skipped, and said to be, where there is no Chromium. */
const installed = chromium();
if ("missing" in installed) console.log(`skipped: the posture page in a browser: ${installed.missing}`);
const inBrowser = "missing" in installed ? describe.skip : describe;
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const plane = sharedPlane({
  seed: `
projects:
  - { name: shop, id: shop-00000001, settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }, branches: [{ name: main, protected: true }, { name: dev, computes: [read_write] }, { name: closed }] }
  - { name: both, id: both-00000001, settings: { allowed_ips: { ips: [192.0.2.0/24] } }, branches: [{ name: main, protected: true }, ${Array.from({ length: 14 }, (_, at) => `{ name: "feature/of-a-long-name-${at}", computes: [${at % 3 === 0 ? "" : "read_write"}], protected: ${String(at < 2)} }`).join(", ")}] }
  - { name: open, id: open-00000001, settings: {} }
  - { name: many, id: many-00000001, branches: [{ name: main }, ${Array.from({ length: 25 }, (_, at) => `{ name: b${at} }`).join(", ")}] }
`,
});
jest.setTimeout(120_000);

inBrowser("the page", () => {
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    const { orgId } = plane.ready;
    for (const id of ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"])
      await plane.api.call("POST", `/organizations/${orgId}/vpc/region/aws-us-east-1/vpc_endpoints/${id}`, { label: id });
    const { facts, evidence } = await look(plane);
    expect(facts.projects.every(({ assigned }) => assigned?.length === 2)).toBe(true);
    const accepted = { rule: "no-backup-schedule", resource: "shop*", reason: "kept elsewhere", expires: "2999-01-01" };
    const ended = { ...accepted, resource: "open*", expires: "2020-01-01" };
    const trend = [1, 2, 3].map((at) => ({
      ...reportOf(facts).totals,
      at: new Date(facts.nowMs - at * 86_400_000).toISOString(),
      overdue: at,
    }));
    const report = reportOf(facts, { evidence, exceptions: parseIgnoreRules([accepted, ended]) });
    const file = join(planeDirectory(), "page.html");
    writeFileSync(file, renderPage({ ...report, trend }));
    browser = await puppeteer.launch({
      executablePath: "path" in installed ? installed.path : "",
      headless: "shell",
      // Root, as of a container, has no sandbox; the page has no script, and is our own.
      args: ["--no-sandbox"],
    });
    page = await browser.newPage();
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(`file://${file}`);
  });
  afterAll(async () => {
    await browser.close();
  });

  it.each(["light", "dark"])("has no fault that axe finds, in %s", async (value) => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    await page.evaluate(AXE);
    const { violations, passes } = (await page.evaluate("axe.run()")) as AxeResults;
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)).toEqual([]);
    expect(passes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["color-contrast", "document-title", "html-has-lang", "svg-img-alt"]),
    );
  });

  it("would be told of a fault", async () => {
    const other = await browser.newPage();
    await other.setContent('<html><body><img src="data:,"><p style="color:#ccc">pale</p></body></html>');
    await other.evaluate(AXE);
    const only: RunOptions = { runOnly: ["image-alt", "color-contrast", "html-has-lang"] };
    const { violations } = (await other.evaluate(`axe.run(${JSON.stringify(only)})`)) as AxeResults;
    expect(violations.map(({ id }) => id).sort()).toEqual(["color-contrast", "html-has-lang", "image-alt"]);
    await other.close();
  });

  it("has another paper in the dark", async () => {
    const paperIn = async (value: string) => {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      return page.evaluate("getComputedStyle(document.body).backgroundColor");
    };
    expect([await paperIn("light"), await paperIn("dark")]).toEqual(["rgb(255, 255, 255)", "rgb(21, 24, 28)"]);
  });

  it("prints on A4, light whatever the screen is, and nothing is cut off at its side", async () => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString("latin1");
    const sizes = new Set(
      [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(
        ([, width, height]) => `${Math.round(Number(width))}x${Math.round(Number(height))}`,
      ),
    );
    expect([...sizes]).toEqual(["595x842"]);
    await page.emulateMediaType("print");
    // The width of A4 without its margins, in CSS pixels.
    await page.setViewport({ width: 703, height: 1_000 });
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(703);
    await page.emulateMediaType("screen");
  });

  it.each([1_180, 360])("is no wider than a screen of %d pixels", async (width) => {
    await page.setViewport({ width, height: 900 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  });

  it("writes no text of a picture over its box", async () => {
    await page.setViewport({ width: 1_180, height: 900 });
    const over = await page.evaluate(`[...document.querySelectorAll("figure svg")].flatMap((svg) => {
      const boxes = [...svg.querySelectorAll("rect.box")].map((box) => box.getBoundingClientRect());
      return [...svg.querySelectorAll("text:not(.head)")].filter((text) => {
        const { left, right, top } = text.getBoundingClientRect();
        const own = boxes.find((box) => left >= box.left && left <= box.right && top >= box.top - 1 && top <= box.bottom);
        return boxes.length > 0 && (own === undefined || right > own.right);
      }).map((text) => text.textContent);
    })`);
    expect(over).toEqual([]);
  });

  it("writes no text of a picture over another", async () => {
    const over = await page.evaluate(`[...document.querySelectorAll("figure svg")].flatMap((svg) => {
      const texts = [...svg.querySelectorAll("text")].map((text) => ({ text, at: text.getBoundingClientRect() }));
      return texts.filter(({ at: one }, index) => texts.some(({ at: other }, to) => to > index && one.left < other.right && other.left < one.right && one.top + 3 < other.bottom && other.top + 3 < one.bottom)).map(({ text }) => text.textContent);
    })`);
    expect(over).toEqual([]);
  });

  it("draws no box of a picture over another", async () => {
    const over = await page.evaluate(`[...document.querySelectorAll("figure svg")].flatMap((svg) => {
      const boxes = [...svg.querySelectorAll("rect.box")].map((box) => box.getBoundingClientRect());
      return boxes.filter((one, at) => boxes.some((other, to) => to > at && one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom));
    }).length`);
    expect(over).toBe(0);
  });

  it("asked nobody for anything, and broke no policy of its own", () => {
    expect(requests).toHaveLength(1);
    expect(complaints).toEqual([]);
  });
});
