import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { AxeResults } from "axe-core";
import puppeteer, { type Browser, type BrowserContext, type Page } from "puppeteer-core";
import { chromium } from "../../support/drivers/install.js";
import { sharedPlane } from "../../support/plane.js";
import { originOf } from "./client.js";

/** The console in a real browser: for everybody, live, without JavaScript, and beside a page that means harm. Skipped, and said to be, without Chromium. */
const installed = chromium();
if ("missing" in installed) console.log(`skipped: the console in a browser: ${installed.missing}`);
const inBrowser = "missing" in installed ? describe.skip : describe;
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const plane = sharedPlane({
  seed: {
    users: [{ name: "Mia", email: "mia@example.com", role: "admin" }],
    keys: [{ kind: "personal", name: "mia", user: "Mia", key: "napi_mia" }],
    projects: [
      {
        name: "shop",
        id: "shop-00000001",
        settings: { allowed_ips: { ips: ["192.0.2.0/24"], protected_branches_only: true } },
        roles: [{ name: "app" }],
        branches: [
          { name: "main", protected: true },
          { name: "dev", computes: ["read_write", "read_only"], expiresAt: "2999-01-01T00:00:00Z" },
        ],
      },
      { name: "closed", id: "closed-00000001", settings: { block_public_connections: true } },
    ],
  },
});
const PAGES = ["/", "/console/projects/shop-00000001", "/console/decisions", "/console/audit"];
jest.setTimeout(120_000);

inBrowser("the console", () => {
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const complaints: string[] = [];
  const base = () => originOf(plane);

  const signIn = async (to: Page, key: string) => {
    await to.goto(`${base()}/`);
    await to.type("#key", key);
    await Promise.all([to.waitForNavigation(), to.click("main button")]);
  };
  const textOf = (of: Page): Promise<string> => of.evaluate("document.body.innerText") as Promise<string>;
  const waitFor = (of: Page, condition: string) => of.waitForFunction(condition, { timeout: 20_000 });

  beforeAll(async () => {
    const vpce = `/organizations/${plane.ready.orgId}/vpc/region/aws-us-east-1/vpc_endpoints/vpce-0000000000000000a`;
    await plane.api.call("POST", vpce, { label: "office" });
    browser = await puppeteer.launch({
      executablePath: "path" in installed ? installed.path : "",
      headless: "shell",
      // Root, as of a container, has no sandbox; the pages are our own.
      args: ["--no-sandbox"],
    });
    page = await browser.newPage();
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    await signIn(page, plane.ready.apiKey);
  });
  afterAll(async () => {
    await browser.close();
  });

  it("signs in by its form, and leads everywhere by links", async () => {
    expect(page.url()).toBe(`${base()}/`);
    const [cookie] = await page.browserContext().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/", session: true, domain: "127.0.0.1" });
    expect(await page.evaluate("document.cookie")).toBe("");
    for (const [link, title] of [
      ["shop", "shop"],
      ["Decisions", "Decisions of the proxy"],
      ["Audit", "Audit"],
      ["Projects", "Palisade"],
    ] as const) {
      await Promise.all([page.waitForNavigation(), page.click(`::-p-xpath(//a[normalize-space()="${link}"])`)]);
      expect(await page.$eval("h1", (heading) => heading.textContent)).toBe(title);
    }
  });

  it.each(PAGES.flatMap((path) => ["light", "dark"].map((scheme) => [path, scheme] as const)))(
    "has no fault that axe finds: %s, %s",
    async (path, value) => {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await page.goto(base() + path);
      await page.evaluate(AXE);
      const { violations, passes } = (await page.evaluate("axe.run()")) as AxeResults;
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)).toEqual([]);
      expect(passes.map(({ id }) => id)).toEqual(
        expect.arrayContaining(["color-contrast", "document-title", "html-has-lang", "link-name"]),
      );
    },
  );

  it.each(["light", "dark"])("has none where one signs in, has a wrong key, or meets no page, in %s", async (value) => {
    const context = await browser.createBrowserContext();
    const other = await context.newPage();
    await other.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    const look = async () => {
      await other.evaluate(AXE);
      return ((await other.evaluate("axe.run()")) as AxeResults).violations.map(({ id }) => id);
    };
    await other.goto(`${base()}/`);
    expect(await look()).toEqual([]);
    await signIn(other, "napi_wrong");
    expect(await textOf(other)).toContain("This is no key of this plane.");
    expect(await look()).toEqual([]);
    await signIn(other, plane.ready.apiKey);
    await other.goto(`${base()}/console/none`);
    expect(await look()).toEqual([]);
    await context.close();
  });

  it.each([1_180, 360])("is no wider than a screen of %d pixels", async (width) => {
    await page.setViewport({ width, height: 900 });
    for (const path of PAGES) {
      await page.goto(base() + path);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    }
    await page.setViewport({ width: 1_180, height: 900 });
  });

  it("shows what has changed without being loaded again, and lets go of it when it is paused", async () => {
    await page.goto(`${base()}/console/projects/closed-00000001`);
    await page.evaluate("window.isSame = true");
    expect(await textOf(page)).toContain("Live.");
    const set = (blocked: boolean) =>
      plane.api.call("PATCH", "/projects/closed-00000001", { project: { settings: { block_public_connections: blocked } } });
    await set(false);
    await waitFor(page, `document.querySelector(".note").innerText.includes("Every address")`);
    await page.click("footer button");
    expect(await textOf(page)).toContain("Paused.");
    await set(true);
    await plane.api.settled("closed-00000001");
    const asked = requests.length;
    // Longer than the script's period: a page that is not paused would have asked.
    await expect(page.waitForRequest((request) => request.url().includes("closed"), { timeout: 3_000 })).rejects.toThrow();
    expect(requests).toHaveLength(asked);
    await page.click("footer button");
    await waitFor(page, `!document.querySelector(".note").innerText.includes("Every address")`);
    expect(await page.evaluate("window.isSame")).toBe(true);
  });

  it("keeps the focus of a link when its table is exchanged", async () => {
    await page.goto(`${base()}/`);
    await page.focus('a[href="/console/projects/shop-00000001"]');
    await plane.api.call("PATCH", "/projects/closed-00000001", { project: { name: "calm" } });
    await waitFor(page, `document.body.innerText.includes("calm")`);
    expect(await page.evaluate("document.activeElement.getAttribute('href')")).toBe("/console/projects/shop-00000001");
    await plane.api.call("PATCH", "/projects/closed-00000001", { project: { name: "closed" } });
  });

  it("without JavaScript has the same tables, and says that it stays as it is", async () => {
    const plain = await browser.newPage();
    await plain.setJavaScriptEnabled(false);
    for (const path of PAGES) {
      await page.goto(base() + path);
      await plain.goto(base() + path);
      const tables = (of: Page) => of.$$eval("section", (all) => all.map((section) => section.outerHTML));
      expect(await tables(plain)).toEqual(await tables(page));
      expect(await plain.$eval("noscript p", (note) => note.textContent)).toContain("Without JavaScript");
    }
    await plain.click("header button");
    await plain.waitForSelector("#key");
    await plain.close();
    await signIn(page, plane.ready.apiKey);
  });

  it("takes from the screen what its reader may not see any more", async () => {
    const context = await browser.createBrowserContext();
    const other = await context.newPage();
    await signIn(other, "napi_mia");
    await other.goto(`${base()}/console/audit`);
    expect(await textOf(other)).toContain("Head of the chain");
    const path = `/organizations/${plane.ready.orgId}/members`;
    const { members } = (await plane.api.call("GET", path)).body as { members: { member: { id: string }; user: { email: string } }[] };
    const mia = members.find(({ user }) => user.email === "mia@example.com")?.member.id ?? "";
    expect((await plane.api.call("PATCH", `${path}/${mia}`, { role: "viewer" })).status).toBe(200);
    await waitFor(other, `!document.body.innerText.includes("Head of the chain")`);
    expect(await textOf(other)).toContain("Not for this key");
    await context.close();
  });

  it("goes back to the sign-in by itself once its session has ended", async () => {
    await page.goto("about:blank");
    const context = await browser.createBrowserContext();
    const other = await context.newPage();
    await signIn(other, plane.ready.apiKey);
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 1_800 });
    await waitFor(other, `document.querySelector("#key") !== null`);
    expect(await textOf(other)).not.toContain("shop");
    await context.close();
    await signIn(page, plane.ready.apiKey);
  });

  it("asked nobody else for anything, and broke no policy of its own", () => {
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.filter((url) => !url.startsWith(`${base()}/`) && !url.startsWith("data:image/svg+xml"))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  describe("beside a page of another port, whose host is the same", () => {
    let server: Server;
    let context: BrowserContext;
    let victim: Page;
    const seen: string[] = [];

    beforeAll(async () => {
      server = createServer((request, response) => {
        seen.push(request.url ?? "");
        response.setHeader("content-type", "text/html").end("<!doctype html><title>harm</title><body></body>");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      context = await browser.createBrowserContext();
      victim = await context.newPage();
      await signIn(victim, plane.ready.apiKey);
      await victim.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    });
    afterAll(async () => {
      await context.close();
      server.close();
      server.closeAllConnections();
    });

    it("it reads nothing: not by fetch, not in a frame, not as a script, not by the window it has opened", async () => {
      const fetched = await victim.evaluate(
        `fetch("${base()}/", { credentials: "include", headers: { accept: "text/html" } }).then((answer) => answer.text(), () => "refused")`,
      );
      expect(fetched).toBe("refused");
      const opaque = (await victim.evaluate(
        `fetch("${base()}/", { mode: "no-cors", credentials: "include" }).then((answer) => answer.type + answer.status, () => "refused")`,
      )) as string;
      expect(["refused", "opaque0"]).toContain(opaque);
      const framed = await victim.evaluate(`new Promise((done) => {
        const frame = document.createElement("iframe");
        frame.src = "${base()}/";
        frame.onload = () => { try { done(frame.contentDocument?.body.innerText ?? "closed"); } catch { done("closed"); } };
        document.body.append(frame);
      })`);
      expect(String(framed)).not.toContain("shop");
      const asScript = await victim.evaluate(`new Promise((done) => {
        const script = document.createElement("script");
        script.onload = () => done("ran");
        script.onerror = () => done("refused");
        script.src = "${base()}/";
        document.body.append(script);
      })`);
      expect(asScript).toBe("refused");
      const target = context.waitForTarget((each) => each.url().startsWith(base()));
      await victim.evaluate(`window.opened = window.open("${base()}/"); undefined`);
      await (await target).page();
      await waitFor(victim, "window.opened === null || window.opened.closed");
    });

    it("it signs nobody in, and nobody out", async () => {
      const key = plane.ready.apiKey;
      for (const path of ["/console/sign-in", "/console/sign-out"]) {
        await victim.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        await victim.evaluate(`{
          const form = document.createElement("form");
          form.method = "post";
          form.action = "${base()}${path}";
          form.innerHTML = '<input name="key" value="${key}">';
          document.body.append(form);
        }`);
        await Promise.all([victim.waitForNavigation(), victim.evaluate("document.querySelector('form').submit()")]);
        expect(await textOf(victim)).toContain("From another page");
      }
      await victim.goto(`${base()}/`);
      expect(await textOf(victim)).toContain("Sign out");
      expect(seen).toContain("/");
    });
  });
});
