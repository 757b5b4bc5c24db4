const { spawnSync } = require("node:child_process");
const { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

/**
 * Temporary files of the tests lie in memory where there is room: every cluster, database of a plane and state of a stack flushes to the disk
 * what it writes, and waiting for that was more than half of the time of the tests of Postgres. No test is about a machine that loses its power.
 * Elsewhere (another system, a small or a `noexec` /dev/shm, a folder that somebody named by TMPDIR) the folder of the system is used.
 */
const MEMORY = "/dev/shm";
const PREFIX = "palisade-";
/** Several times of what two files of tests held at once. */
const ROOM_BYTES = 6 * 2 ** 30;

let hasFolder = false;

module.exports = () => {
  if (process.env.TMPDIR !== undefined || process.getuid === undefined) return;
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (Math.min(bavail * bsize, process.availableMemory()) < ROOM_BYTES) return;
    removeAbandoned();
    const folder = join(MEMORY, PREFIX + process.pid);
    // Postgres runs as a user of its own where the tests are root's, and has to pass through.
    mkdirSync(folder, { mode: 0o711 });
    hasFolder = true;
    if (!runsPrograms(folder)) return rmSync(folder, { recursive: true });
    process.env.PALISADE_PROGRAMS ??= tmpdir();
    process.env.TMPDIR = folder;
  } catch {
    // There is no such folder, or it is somebody else's.
  }
};

/** A folder of this name that somebody else made is theirs. */
module.exports.leaveMemory = () => {
  if (hasFolder) rmSync(join(MEMORY, PREFIX + process.pid), { recursive: true, force: true });
};

function runsPrograms(folder) {
  const script = join(folder, "runs");
  writeFileSync(script, "#!/bin/sh\n", { mode: 0o755 });
  const { status } = spawnSync(script);
  rmSync(script);
  return status === 0;
}

/** What a run left that was killed. */
function removeAbandoned() {
  for (const name of readdirSync(MEMORY)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : NaN;
    if (!Number.isInteger(pid) || runs(pid)) continue;
    rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
}

function runs(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
