import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where temporary files of the tests lie. */
const SCRIPT = `
const begin = require(${JSON.stringify(join(__dirname, "useMemory.cjs"))});
begin();
const folder = process.env.TMPDIR;
const there = folder !== undefined && require("node:fs").existsSync(folder);
begin.leaveMemory();
console.log(JSON.stringify({ pid: process.pid, folder, there, programs: process.env.PALISADE_PROGRAMS }));`;

interface Said {
  pid: number;
  folder?: string;
  there: boolean;
  programs?: string;
}

function begin(env: NodeJS.ProcessEnv): Said {
  const { TMPDIR: _folder, PALISADE_PROGRAMS: _programs, ...others } = process.env;
  return JSON.parse(execFileSync(process.execPath, ["-e", SCRIPT], { encoding: "utf8", env: { ...others, ...env } })) as Said;
}

it("are in a folder of this run that is there during it and gone after it, or where the system puts them", () => {
  const { pid, folder, there, programs } = begin({});
  const inMemory = { folder: `/dev/shm/palisade-${pid}`, there: true, programs: "/tmp" };
  expect([inMemory, { folder: undefined, there: false, programs: undefined }]).toContainEqual({ folder, there, programs });
  expect(existsSync(`/dev/shm/palisade-${pid}`)).toBe(false);
});

it("are where somebody says by TMPDIR", () => {
  expect(begin({ TMPDIR: __dirname })).toMatchObject({ folder: __dirname, there: true });
  expect(existsSync(__dirname)).toBe(true);
});
