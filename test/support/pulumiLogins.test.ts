import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Logins {
  rememberLogins: (home: string) => void;
  assertNoNewLogins: (home: string) => void;
}
const { rememberLogins, assertNoNewLogins } = createRequire(__filename)("./pulumiLogins.cjs") as Logins;

it("a run that has logged the user's own Pulumi in somewhere of the tests fails, and what the user did is the user's", () => {
  const home = mkdtempSync(join(tmpdir(), "palisade-logins-"));
  const write = (...backends: string[]) => {
    writeFileSync(
      join(home, "credentials.json"),
      JSON.stringify({ accounts: Object.fromEntries(backends.map((backend) => [backend, {}])) }),
    );
  };
  try {
    rememberLogins(home);
    assertNoNewLogins(home);
    write("file:///tmp/palisade-old/state");
    rememberLogins(home);
    write("file:///tmp/palisade-old/state", "s3://states");
    assertNoNewLogins(home);
    write("file:///tmp/palisade-old/state", "file:///tmp/palisade-new/home/state");
    expect(() => {
      assertNoNewLogins(home);
    }).toThrow("file:///tmp/palisade-new/home/state");
  } finally {
    rmSync(home, { recursive: true });
  }
});
