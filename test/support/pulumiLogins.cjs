const { readFileSync } = require("node:fs");
const { userInfo } = require("node:os");
const { join } = require("node:path");

/**
 * Pulumi keeps who is logged in where under PULUMI_HOME, and takes its default from the system and not from HOME: a test that forgets to set it
 * logs the person who runs the tests out of their own backend.
 */
let before = new Set();

exports.rememberLogins = (home) => {
  before = new Set(listLogins(home));
};

/** @throws naming each backend in a temporary folder of tests that has become known to the user's own Pulumi meanwhile */
exports.assertNoNewLogins = (home) => {
  const added = listLogins(home).filter((backend) => /[/]palisade-[^/]+/.test(backend) && !before.has(backend));
  if (added.length > 0) throw new Error(`a test has logged the user's own Pulumi in at ${added.join(", ")}: it must set PULUMI_HOME`);
};

function listLogins(home = process.env.PULUMI_HOME ?? join(userInfo().homedir, ".pulumi")) {
  try {
    return Object.keys(JSON.parse(readFileSync(join(home, "credentials.json"), "utf8")).accounts ?? {});
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}
