import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, type InstalledProgram } from "./installedPrograms.js";

/** A double of AWS (MIT), what it takes to make keys, and Tink itself, whose format sealed objects have. Exact, and with what they bring. */
const REQUIREMENTS = ["ministack==1.5.33", "cryptography==50.0.2", "tink==1.16.1"];
const LEAST_PYTHON = [3, 10];

/** Makes the virtual environment $1 with the rest of the words in it. By `python -m` alone: it is moved into place afterwards. */
const SET_UP =
  'folder=$1; shift; python3 -m venv "$folder" && "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"';

/** The interpreter of the virtual environment, which is made where it is not there: 24 s and 100 MB, once for all runs. */
export function ensurePython(): InstalledProgram {
  const version = findPythonVersion();
  if (version === undefined) return { missing: `there is no python3 from ${LEAST_PYTHON.join(".")} on` };
  const name = `counterparts-${REQUIREMENTS.map((one) => one.split("==")[1]).join("-")}-python${version}`;
  const environment = ensureInstalled(name, (folder) => ["sh", ["-c", SET_UP, "sh", folder, ...REQUIREMENTS]]);
  return "path" in environment ? { path: join(environment.path, "bin", "python") } : environment;
}

function findPythonVersion(): string | undefined {
  const { status, stdout } = spawnSync("python3", ["-c", 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [major = 0, minor = 0] = stdout.trim().split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_PYTHON;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor) ? stdout.trim() : undefined;
}
