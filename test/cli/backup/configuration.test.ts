import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseBackupConfiguration } from "../../../cli/backup/configuration.js";

const GOOD = {
  source: { project: "shop", role: "app" },
  store: { directory: "store" },
  key: { localFile: "key.json" },
  erasureKeys: [{ directory: "a" }, { directory: "b" }],
  signingKey: "signing.pem",
};
const parse = (more: object) => parseBackupConfiguration(JSON.stringify({ ...GOOD, ...more }), "/etc/backups");
const S3 = { s3: { bucket: "shop-backups", region: "eu-central-1" } };

describe("the configuration", () => {
  it("sees paths from its own folder, and keeps 30 days where it says nothing", () => {
    expect(parse({})).toMatchObject({
      store: { directory: "/etc/backups/store" },
      key: { localFile: "/etc/backups/key.json" },
      erasureKeys: [{ directory: "/etc/backups/a" }, { directory: "/etc/backups/b" }],
      signingKey: "/etc/backups/signing.pem",
      known: "/etc/backups/.palisade/backups.json",
      retentionDays: 30,
    });
  });

  it.each([
    ["a field that is misspelt", { retention: 30 }, /Unrecognized key.*retention/],
    ["no place", { store: {} }, /^.*store: must have exactly one of directory, s3, azureBlob/],
    ["two places in one", { store: { directory: "x", ...S3 } }, /store: must have exactly one/],
    ["one place for keys", { erasureKeys: [{ directory: "a" }] }, /erasureKeys: must be two places/],
    ["one place twice", { erasureKeys: [{ directory: "a" }, { directory: "./x/../a" }] }, /erasureKeys: must be two places, and neither/],
    ["keys within the store", { erasureKeys: [{ directory: "store/keys" }, { directory: "b" }] }, /no directory may lie within another/],
    ["keys beside the dumps", { store: S3, erasureKeys: [S3, { directory: "a" }] }, /neither of them the store/],
    [
      "keys in the store's bucket under another prefix",
      { store: S3, erasureKeys: [{ s3: { ...S3.s3, prefix: "keys" } }, { directory: "a" }] },
      /erasureKeys: .* is named twice/,
    ],
    [
      "both copies in one bucket",
      { erasureKeys: ["a", "b"].map((prefix) => ({ s3: { ...S3.s3, prefix } })) },
      /erasureKeys: .* is named twice/,
    ],
    [
      "keys in another container of the store's account, spelt with a slash at the end",
      {
        store: { azureBlob: { accountUrl: "https://shop.blob.core.windows.net", container: "backups" } },
        erasureKeys: [{ azureBlob: { accountUrl: "https://shop.blob.core.windows.net/", container: "keys" } }, { directory: "a" }],
      },
      /erasureKeys: https:\/\/shop.blob.core.windows.net is named twice/,
    ],
    [
      "a key by its alias",
      { key: { awsKms: { keyArn: "arn:aws:kms:eu-central-1:111122223333:alias/x" } } },
      /key\.awsKms\.keyArn: .*is not arn/,
    ],
    ["a vault elsewhere", { key: { azureKeyVault: { vaultUrl: "https://evil.example", keyName: "k" } } }, /key\.azureKeyVault: .*vaultUrl/],
    ["two keys", { key: { localFile: "x", awsKms: { keyArn: "y" } } }, /key/],
    [
      "an address in clear",
      { store: { azureBlob: { accountUrl: "http://a.blob.core.windows.net", container: "abc" } } },
      /accountUrl: must be https/,
    ],
    ["a prefix that climbs", { store: { s3: { ...S3.s3, prefix: "../other" } } }, /prefix: must be names/],
    ["no days at all", { retentionDays: 0 }, /retentionDays/],
    ["no role", { source: { project: "shop" } }, /source\.role/],
  ] as const)("refuses %s by its field", (_, more, why) => {
    expect(() => parse(more)).toThrow(why);
    expect(() => parse(more)).toThrow("PAL_BACKUP_CONFIG");
  });

  it.each(["{", "- a\n- b", "a: &a [*a]\nb: *a", ""])("refuses what is no such file: %j", (text) => {
    expect(() => parseBackupConfiguration(text, "/")).toThrow("PAL_BACKUP_CONFIG");
  });
});

describe("palisade backup", () => {
  const MAIN = resolve(__dirname, "../../../dist/cli/main.js");
  const ENVIRONMENT = { PATH: process.env["PATH"], NEON_API_HOST: "http://127.0.0.1:9/api/v2", NEON_API_KEY: "napi_x" };
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "palisade-backup-cli-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "backup", ...words], {
      encoding: "utf8",
      cwd: folder,
      timeout: 30_000,
      env: ENVIRONMENT,
    });
    return { status, stdout, stderr };
  };

  it.each([
    [["restore"], "--into"],
    [["drill", "--into", "x"], "--into is for restore, not for drill"],
    [["run", "20260101T000000Z-0123456789abcdef"], "run takes no backup"],
    [["run", "--yes"], "--yes is for prune, not for run"],
    [["list"], "palisade-backup.yaml does not exist"],
  ] as const)("says what is wrong with %j, and exits with 2", (words, why) => {
    const { status, stderr } = run(words);
    expect([status, stderr]).toEqual([2, expect.stringContaining(why)]);
  });

  it("lists nothing of a store that nobody has written to, but asks for the signing key first", () => {
    writeFileSync(join(folder, "palisade-backup.yaml"), JSON.stringify(GOOD));
    const { status, stderr } = run(["list"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("signingKey")]);
  });

  it("is interrupted in one sentence while it waits for an API that does not answer", async () => {
    writeFileSync(join(folder, "palisade-backup.yaml"), JSON.stringify(GOOD));
    const child = spawn(process.execPath, [MAIN, "backup", "run"], { cwd: folder, env: ENVIRONMENT, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      // It has said which API it asks, so it is on its way.
      if (text.includes("the control API is")) child.kill("SIGTERM");
    });
    const [code] = (await once(child, "close")) as [number | null];
    expect([code, said]).toEqual([130, expect.stringContaining("interrupted; what was not finished is not listed")]);
  });
});
