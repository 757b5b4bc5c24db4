import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { keepForLaterPlanes, takeFromFirstPlane } from "./firstPlane.js";
import { endPlanes, planeDirectory } from "./plane.js";

const { PALISADE_FIRST_PLANE: ofThisRun } = process.env;
afterEach(async () => {
  process.env.PALISADE_FIRST_PLANE = ofThisRun;
  await endPlanes();
});

function write(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

it("keeps what is whole and nothing else of the first plane, and leaves a later one what it has", () => {
  const kept = planeDirectory();
  process.env.PALISADE_FIRST_PLANE = kept;
  const [first, later, other] = [planeDirectory(), planeDirectory(), planeDirectory()];
  write(first, "clusters/template-18/PG_VERSION", "18");
  write(first, "clusters/br-rows/PG_VERSION", "18");
  for (const name of ["password.so", "password.123"]) write(first, `hook/${name}`, "first");
  keepForLaterPlanes(first);
  expect(readdirSync(kept, { recursive: true }).sort()).toEqual(
    ["clusters", "clusters/template-18", "clusters/template-18/PG_VERSION", "hook", "hook/password.so"].sort(),
  );
  write(other, "hook/password.so", "other");
  keepForLaterPlanes(other);
  for (const directory of [later, other]) takeFromFirstPlane(directory);
  expect([later, other].map((directory) => readFileSync(join(directory, "hook/password.so"), "utf8"))).toEqual(["first", "other"]);
  expect(readFileSync(join(later, "clusters/template-18/PG_VERSION"), "utf8")).toBe("18");
});

it("keeps nothing outside of a run", () => {
  delete process.env.PALISADE_FIRST_PLANE;
  const directory = planeDirectory();
  write(directory, "hook/password.so", "first");
  keepForLaterPlanes(directory);
  expect(existsSync(resolve("hook"))).toBe(false);
  const later = planeDirectory();
  takeFromFirstPlane(later);
  expect(readdirSync(later)).toEqual([]);
});
