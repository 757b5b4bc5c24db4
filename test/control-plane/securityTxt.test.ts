import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endPlanes, planeDirectory, startPlane, type TestPlane } from "../support/plane.js";

/** RFC 9116: read by whoever has no key. */
const DAY_MS = 86_400_000;
const expiring = (days: number) =>
  `Contact: mailto:security@example.com\r\nExpires: ${new Date(Date.now() + days * DAY_MS).toISOString()}\r\n`;

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-security-"))));
afterEach(async () => {
  await endPlanes();
  rmSync(directory, { recursive: true, force: true });
});

const at = ({ ready }: TestPlane, headers: Record<string, string> = {}) =>
  fetch(new URL("/.well-known/security.txt", ready.apiUrl), { headers });
const file = (text: string): string => {
  const path = join(directory, "security.txt");
  writeFileSync(path, text);
  return path;
};

it("a plane without one answers 404", async () => {
  expect((await at(await startPlane())).status).toBe(404);
});

it("the file of the option is served as it is, to whoever asks on this machine", async () => {
  const text = expiring(30);
  const plane = await startPlane({ securityTxtFile: file(text) });
  const answer = await at(plane);
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([200, "text/plain; charset=utf-8", text]);
  expect((await at(plane, { authorization: "Bearer wrong" })).status).toBe(200);
  expect((await fetch(new URL("/.well-known/security.txt", plane.ready.apiUrl), { method: "POST" })).status).toBe(404);
});

it("is of this machine alone: a page whose name leads here gets none", async () => {
  const plane = await startPlane({ securityTxtFile: file(expiring(30)) });
  const { port } = new URL(plane.ready.apiUrl);
  const status = await new Promise<number | undefined>((done, fail) => {
    get({ host: "127.0.0.1", port, path: "/.well-known/security.txt", headers: { host: "evil.example" } }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    }).once("error", fail);
  });
  expect(status).toBe(421);
});

it("the file of the data directory is served where no option names another", async () => {
  const dataDirectory = planeDirectory();
  writeFileSync(join(dataDirectory, "security.txt"), expiring(30));
  expect((await at(await startPlane({ dataDirectory }))).status).toBe(200);
});

it("a link in the data directory is refused: it could lead to any file of this user", async () => {
  const dataDirectory = planeDirectory();
  symlinkSync(file(expiring(30)), join(dataDirectory, "security.txt"));
  await expect(startPlane({ dataDirectory })).rejects.toThrow("PAL_BAD_SECURITY_TXT");
});

it.each([
  ["", "Contact is missing"],
  [expiring(-1), "line 2: The file has expired"],
  [expiring(30).replace("mailto:", ""), "line 1: Contact is a URI"],
])("a file that breaks the RFC stops the start: %j", async (text, message) => {
  const start = startPlane({ securityTxtFile: file(text) });
  await expect(start).rejects.toThrow("PAL_BAD_SECURITY_TXT");
  await expect(start).rejects.toThrow(message);
});

it("a file that cannot be read does too", async () => {
  await expect(startPlane({ securityTxtFile: directory })).rejects.toThrow("PAL_BAD_SECURITY_TXT");
});

it("is not there any more when it has expired, whatever the plane was told at its start", async () => {
  const plane = await startPlane({ securityTxtFile: file(expiring(2)) });
  expect((await at(plane)).status).toBe(200);
  await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: (3 * DAY_MS) / 1_000 });
  expect((await at(plane)).status).toBe(404);
});
