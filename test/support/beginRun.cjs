const { mkdtempSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { rememberLogins } = require("./pulumiLogins.cjs");
const useMemory = require("./useMemory.cjs");

/** Jest's `globalSetup`. */
module.exports = () => {
  setPublicRootsAside();
  rememberLogins();
  useMemory();
  process.env.PALISADE_FIRST_PLANE = mkdtempSync(join(tmpdir(), "palisade-first-plane-"));
  process.env.PALISADE_COMPILED = mkdtempSync(join(tmpdir(), "palisade-compiled-"));
  const { NODE_OPTIONS: options } = process.env;
  process.env.NODE_OPTIONS = [options, `--require ${JSON.stringify(join(__dirname, "keepCompiled.cjs"))}`].filter(Boolean).join(" ");
};

/**
 * What the machine trusts besides Node's own roots is for a registry of packages alone (test/engine/gettingStarted). All other traffic is to loopback,
 * whose roots each test names: none passes because the machine trusts something, and no process reads hundreds of certificates first, which was 30 ms
 * of each start of Node.
 */
function setPublicRootsAside() {
  const { NODE_EXTRA_CA_CERTS: roots } = process.env;
  if (roots === undefined) return;
  process.env.PALISADE_PUBLIC_ROOTS = roots;
  delete process.env.NODE_EXTRA_CA_CERTS;
}
