import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type PathStats, findOtherWriter, assertOwnPath } from "../../../review/approval/ownPath.js";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "palisade-own-")));
  mkdirSync(join(folder, "etc"), { mode: 0o755 });
  writeFileSync(join(folder, "etc", "signers"), "", { mode: 0o644 });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A machine on which everything is root's and closed, but for what is said. */
const machine =
  (said: Record<string, Partial<PathStats>>) =>
  (path: string): PathStats => ({ uid: 0, mode: 0o755, ...said[path] });
const FILE = "/home/ann/palisade/signers";
const judged = (said: Record<string, Partial<PathStats>>) => findOtherWriter(FILE, { uid: 1000, stat: machine(said) });

test("what belongs to the user or to root all the way up, and nobody else may write, is one's own", () => {
  expect(judged({})).toBeUndefined();
  expect(judged({ [FILE]: { uid: 1000, mode: 0o600 }, "/home/ann": { uid: 1000, mode: 0o700 } })).toBeUndefined();
});

const PLACES = [FILE, "/home/ann/palisade", "/home/ann", "/home", "/"];
test.each(PLACES)("%s of another user, or that group or others may write, is not", (place) => {
  expect(judged({ [place]: { uid: 1001 } })).toBe(`${place} belongs to user 1001`);
  expect(judged({ [place]: { mode: 0o775 } })).toBe(`others may write ${place}`);
  expect(judged({ [place]: { mode: 0o757 } })).toBe(`others may write ${place}`);
});

test("in a directory like /tmp only the owner of an entry replaces it: that owner is looked at", () => {
  expect(judged({ "/home": { mode: 0o1777 } })).toBeUndefined();
  expect(judged({ "/home": { mode: 0o1777 }, "/home/ann": { uid: 1001 } })).toBe("/home/ann belongs to user 1001");
  expect(judged({ "/home": { mode: 0o1777, uid: 1001 } })).toBe("/home belongs to user 1001");
  expect(findOtherWriter("/home", { uid: 1000, stat: machine({ "/home": { mode: 0o1777 } }) })).toBe("others may write /home");
});

test("where users have no numbers nothing is said", () => {
  expect(findOtherWriter(FILE, { uid: "none", stat: machine({ [FILE]: { mode: 0o777 } }) })).toBeUndefined();
});

test("a real file: links are followed, and what they lead to is looked at", () => {
  const signers = join(folder, "etc", "signers");
  symlinkSync(join(folder, "etc"), join(folder, "link"));
  expect(assertOwnPath(join(folder, "link", "signers"))).toBe(signers);
  chmodSync(dirname(signers), 0o775);
  expect(() => assertOwnPath(join(folder, "link", "signers"))).toThrow(`others may write ${dirname(signers)}`);
  chmodSync(dirname(signers), 0o755);
  chmodSync(signers, 0o664);
  expect(() => assertOwnPath(signers)).toThrow("PAL_OPEN_TO_OTHERS");
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot("a real file of somebody else", () => {
  const signers = join(folder, "etc", "signers");
  chownSync(signers, 65_534, 65_534);
  expect(() => assertOwnPath(signers)).toThrow("belongs to user 65534");
});
