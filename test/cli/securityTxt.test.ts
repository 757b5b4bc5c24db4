import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isValid, MAX_FILE_BYTES, parseSecurityTxt } from "../../contract/securityTxt.js";
import { Palisade } from "../support/palisade.js";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const GOOD = "Contact: mailto:security@example.com\nExpires: 2026-12-31T18:37:07Z\n";
const parse = (text: string, url?: string) => parseSecurityTxt(text, { nowMs: NOW, url });
/** `2 error`: line and severity, and the message. */
const problems = (text: string, url?: string) =>
  parse(text, url).problems.map(({ line, severity, message }) => `${line} ${severity} ${message}`);

/** The example of RFC 9116, section 2.3, with a time that is not over. */
const SIGNED = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

# Canonical URI
Canonical: https://example.com/.well-known/security.txt

# Our security address
Contact: mailto:security@example.com

# Our OpenPGP key
Encryption: https://example.com/pgp-key.txt

# Our security policy
Policy: https://example.com/security-policy.html

# Our security acknowledgments page
Acknowledgments: https://example.com/hall-of-fame.html

Expires: 2026-12-31T18:37:07z
-----BEGIN PGP SIGNATURE-----
Version: GnuPG v2.2

aGVsbG8=
-----END PGP SIGNATURE-----
`;

describe("a file of RFC 9116", () => {
  it.each([
    ["the least there is", GOOD],
    ["lines that end with CRLF", GOOD.replaceAll("\n", "\r\n")],
    ["comments and empty lines", `# ours: yes\n\n${GOOD}`],
    ["names in any case", GOOD.toUpperCase().replace("MAILTO:SECURITY@EXAMPLE.COM", "tel:+1-201-555-0123")],
    ["several contacts and languages", `${GOOD}Contact: https://example.com/report\nPreferred-Languages: en, zh-Hans, de-CH\n`],
    [
      "keys in DNS and by fingerprint",
      `${GOOD}Encryption: dns:5d2d37ab76d47d36._openpgpkey.example.com?type=OPENPGPKEY\nEncryption: openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f\n`,
    ],
    ["a signature", SIGNED],
  ])("is valid with %s", (_, text) => {
    expect(problems(text)).toEqual([]);
  });

  it("that is signed is known to be, and nothing is said to be verified", () => {
    expect(parse(SIGNED)).toMatchObject({ isSigned: true, expiresMs: Date.parse("2026-12-31T18:37:07Z") });
    expect(parse(SIGNED).fields.map(({ name }) => name)).toEqual([
      "Canonical",
      "Contact",
      "Encryption",
      "Policy",
      "Acknowledgments",
      "Expires",
    ]);
    expect(problems(SIGNED.replace(/Canonical: .*\n/, ""))).toEqual([
      expect.stringContaining("0 warning A signed file should name its place"),
    ]);
    expect(problems(SIGNED.replace("-----BEGIN PGP SIGNATURE-----", "")).join()).toContain("1 error The signature is cut off");
    expect(problems(`${SIGNED}Contact: mailto:other@example.com\n`).join()).toContain("error Something stands after the signature");
    expect(problems(`Contact: mailto:other@example.com\n${SIGNED}`).join()).toContain("error A signed file begins with its signed message");
  });

  it.each([
    ["", "0 error Contact is missing."],
    ["", "0 error Expires is missing."],
    ["Contact: mailto:a@b.example\n", "0 error Expires is missing."],
    [`${GOOD}Expires: 2026-12-31T18:37:07Z\n`, "3 error Expires stands there more than once."],
    [`${GOOD}Preferred-Languages: en\nPreferred-Languages: de\n`, "4 error Preferred-Languages stands there more than once."],
    [`${GOOD}Preferred-Languages: english (UK)\n`, '3 error Preferred-Languages: "english (UK)" is no language tag'],
    [GOOD.replace("2026-12-31T18:37:07Z", "2026-05-31T23:59:59Z"), "2 error The file has expired"],
    [GOOD.replace("2026-12-31T18:37:07Z", "2026-12-31"), "2 error Expires is a time of RFC 3339"],
    [GOOD.replace("2026-12-31T18:37:07Z", "2026-13-31T18:37:07Z"), "2 error Expires is a time of RFC 3339"],
    [GOOD.replace("2026-12-31T18:37:07Z", "2027-12-31T18:37:07Z"), "2 warning Expires is more than a year away"],
    [GOOD.replace("mailto:", ""), "1 error Contact is a URI: write mailto: before an address."],
    [GOOD.replace("mailto:security@example.com", "+1 201 555 0123"), "1 error Contact is a URI: write tel: before a number."],
    [`${GOOD}Policy: http://example.com/policy\n`, "3 error Policy: a web address begins with https://."],
    [`${GOOD}Contact: HTTP://example.com/\n`, "3 error Contact: a web address begins with https://."],
    [`${GOOD}Policy: mailto:a@b.example\n`, "3 error Policy is an https:// address."],
    [`${GOOD}Policy: https://example.com/a b\n`, "3 error Policy is a URI."],
    [`${GOOD}Policy: https://exämple.com/\n`, "3 error Policy is a URI."],
    [`${GOOD}Policy:https://example.com/\n`, "3 error A space follows the colon of Policy."],
    [`${GOOD}Policy:\n`, "3 error Policy has no value."],
    [
      `${GOOD}Acknowledgements: https://example.com/\n`,
      "3 warning Acknowledgements is no field of RFC 9116, and readers ignore it; did you mean Acknowledgments?",
    ],
    [`${GOOD}hello\n`, "3 error The line is neither a field"],
    [`${GOOD}: x\n`, "3 error The line is neither a field"],
    [GOOD.trimEnd(), "2 error The last line has no end"],
    [GOOD.replace("\n", "\r"), "1 error A CR stands alone"],
    [`${GOOD}# \u0007\n`, "3 error The line holds a control character."],
    [`\uFEFF${GOOD}`, "1 error The file begins with a byte order mark"],
    [`${GOOD}# \uFFFD\n`, "0 error The file is not UTF-8."],
    [`${GOOD}# ${"x".repeat(3_000)}\n`, "3 warning The line is longer than 2048 characters."],
    [GOOD + "# xxxxxxxxxx\n".repeat(MAX_FILE_BYTES / 10), "0 error The file is larger than 32768 bytes"],
  ])("%j: %s", (text, expected) => {
    expect(problems(text)).toEqual(expect.arrayContaining([expect.stringContaining(expected)]));
    expect(isValid(parse(text))).toBe(!expected.includes(" error "));
  });

  it("is where Canonical says, or not to be trusted", () => {
    const text = `${GOOD}Canonical: https://example.com/.well-known/security.txt\nCanonical: https://www.example.com/.well-known/security.txt\n`;
    expect(problems(text, "https://www.example.com/.well-known/security.txt")).toEqual([]);
    expect(problems(text, "https://evil.example/.well-known/security.txt")).toEqual([
      "3 error Canonical does not name https://evil.example/.well-known/security.txt, where the file was found.",
    ]);
  });
});

describe("palisade security-txt", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-security-txt-"))));
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const palisade = new Palisade();
  afterAll(() => palisade.end(), 30_000);

  async function run(words: readonly string[], input = "") {
    if (input === "") return palisade.run({ words: ["security-txt", ...words], cwd: directory, env: process.env });
    const main = resolve(__dirname, "../../dist/cli/main.js");
    const child = spawn(process.execPath, [main, "security-txt", ...words], { cwd: directory });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk: Buffer) => (texts[name] += chunk.toString()));
    // A reader that has seen enough ends before the writer does.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    return { code: await new Promise<number | null>((done) => child.once("close", done)), ...texts };
  }

  it("writes what it then finds valid, for this user alone, and follows no link", async () => {
    const file = join(directory, "security.txt");
    const other = join(directory, "other");
    writeFileSync(other, "kept");
    symlinkSync(other, file);
    const words = [
      "--contact",
      "mailto:security@example.com",
      "--contact",
      "https://example.com/report",
      "--policy",
      "https://example.com/policy",
    ];
    expect(await run([...words, "--preferred-languages", "en, de", "--out", file])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(file, "utf8")).toMatch(
      /^Contact: mailto:security@example\.com\nContact: .*\nExpires: \S+Z\nPreferred-Languages: en, de\nPolicy: .*\n$/,
    );
    expect([readFileSync(other, "utf8"), statSync(file).mode & 0o777]).toEqual(["kept", 0o600]);
    expect(await run(["--check", file])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("valid by RFC 9116, 5 fields.") as string,
    });
  });

  it.each([
    [[], "--contact is needed"],
    [["--contact", "security@example.com"], '--contact "security@example.com": Contact is a URI: write mailto: before an address'],
    [["--contact", "mailto:a@b.example", "--expires", "soon"], '--expires "soon": Expires is a time of RFC 3339'],
    [["--contact", "mailto:a@b.example", "--expires", "2020-01-01T00:00:00Z"], "The file has expired"],
    [["--contact", "mailto:a@b.example\nPolicy: https://evil.example/"], "--contact: a value is one line"],
    [["--contact", "mailto:a@b.example", "--output", "json"], "--output json belongs to --check"],
    [["--check", "nowhere.txt"], "--check: nowhere.txt does not exist"],
    [["--check", "x", "--policy", "https://example.com/"], "--policy writes a file: leave it out with --check"],
    [["--check", "http://example.com/"], "the file is served over https"],
    [["--check", "http://127.example.com/"], "the file is served over https"],
    [["--check", "https://user:word@example.com/"], "the address holds credentials"],
  ])("%j ends with 2 and names the option", async (words, message) => {
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  it("says what is wrong, each at its line, and ends with 23", async () => {
    const { code, stdout } = await run(["--check", "-"], "Contact: a\u202e@b.example\r\n");
    expect(code).toBe(23);
    expect(stdout).toBe(
      "the file: error: Expires is missing.\nline 1: error: Contact is a URI: write mailto: before an address.\n-: not valid by RFC 9116, 1 fields.\n",
    );
    const json = await run(["--check", "-", "--output", "json"], SIGNED);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, valid: true, signed: true, signatureVerified: false, problems: [] });
  });

  it("reads a device or a file without an end no further than it must", async () => {
    expect(await run(["--check", "/dev/zero"])).toMatchObject({ code: 2, stderr: expect.stringContaining("is a device") as string });
    const { code, stdout } = await run(["--check", "-"], "x".repeat(5_000_000));
    expect([code, stdout]).toEqual([23, expect.stringContaining("larger than 32768 bytes")]);
  });

  describe("at an address", () => {
    let server: Server;
    let origin: string;
    let type = "text/plain; charset=utf-8";
    let body = "";
    beforeAll(async () => {
      server = createServer((request, response) => {
        if (request.url === "/moved") response.writeHead(302, { location: "https://elsewhere.example/" }).end();
        else if (request.url?.endsWith("security.txt")) response.writeHead(200, { "content-type": type }).end(body);
        else response.writeHead(404).end();
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });
    beforeEach(() => {
      type = "text/plain; charset=utf-8";
      body = `Contact: mailto:a@b.example\nExpires: ${new Date(Date.now() + 86_400_000).toISOString()}\n`;
    });

    it("looks in the well-known place, and at how it is served", async () => {
      expect((await run(["--check", origin])).code).toBe(0);
      type = "text/html";
      expect((await run(["--check", origin])).stdout).toContain("the file: error: It is served as text/html");
    });

    it("says where it belongs, and whose place it names", async () => {
      expect((await run(["--check", `${origin}/security.txt`])).stdout).toContain("warning: The file belongs at /.well-known/security.txt");
      expect((await run(["--check", `${origin}/x/security.txt`])).stdout).toContain("error: The file belongs at");
      body += "Canonical: https://example.com/.well-known/security.txt\n";
      expect(await run(["--check", origin])).toMatchObject({
        code: 23,
        stdout: expect.stringContaining("Canonical does not name") as string,
      });
    });

    it("follows no redirection, and fails where nothing is", async () => {
      const { code, stderr } = await run(["--check", `${origin}/moved`]);
      expect([code, stderr]).toEqual([1, expect.stringContaining("answered 302, and sends to https://elsewhere.example/")]);
      expect(await run(["--check", `${origin}/none`])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("PAL_NO_SECURITY_TXT") as string,
      });
      expect(await run(["--check", origin.replace("http:", "https:")])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("PAL_NO_SECURITY_TXT") as string,
      });
    });
  });
});
