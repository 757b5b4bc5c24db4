import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { computeEntropyBits, findPasswordProblem } from "../../support/passwordEntropy.js";
import { anyText } from "../../support/anyText.js";

/** hook.c built as a program that judges passwords, held against passwordEntropy.ts. */
const SOURCE = join(__dirname, "../../../control-plane/passwords/hook/hook.c");
const STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const CASES = 6_000;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "palisade-estimator-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const compile = (words: readonly string[]) => spawnSync("cc", words, { encoding: "utf8" });
const hasCompiler = compile(["--version"]).status === 0;
if (!hasCompiler) console.log("skipped: there is no C compiler (cc) to build the hook with");
const ifCompiler = hasCompiler ? describe : describe.skip;

function program(name: string, flags: readonly string[] = []): string {
  const path = join(directory, name);
  expect(compile([...STRICT, "-O2", ...flags, "-DPALISADE_HOOK_SELFTEST", SOURCE, "-o", path, "-lm"])).toMatchObject({ status: 0 });
  return path;
}

function judge(path: string, input: Buffer) {
  const { stdout, stderr, status } = spawnSync(path, { input, maxBuffer: 1 << 28 });
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });
  return stdout
    .toString()
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [bits = "", refusal = ""] = line.split("\t");
      return { bits: Number(bits), refusal: refusal === "" ? undefined : refusal };
    });
}

const inputOf = (words: readonly string[]): Buffer => Buffer.from(words.map((word) => `${word}\0`).join(""));

/** Where an estimator goes wrong: sequences forwards, backwards, cut and nested, runs, all widths of UTF-8, near 60 bits, half-hashed. */
const pieces = fc.oneof(
  fc
    .constantFrom("0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "QWERTY")
    .chain((sequence) =>
      fc
        .tuple(fc.nat(sequence.length), fc.nat(sequence.length), fc.boolean())
        .map(([from, to, back]) =>
          (back ? Array.from(sequence).reverse().join("") : sequence).slice(Math.min(from, to), Math.max(from, to)),
        ),
    ),
  fc
    .tuple(fc.constantFrom("a", "Z", "9", "!", "_", "^", "ü", "€", "😀"), fc.integer({ min: 1, max: 6 }))
    .map(([rune, times]) => rune.repeat(times)),
  fc.constantFrom("\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}", "\ufffd"),
  fc.string({ unit: "grapheme-ascii", maxLength: 8 }),
  anyText({ maxLength: 6 }),
);
/** Verifiers, and what is one part, one separator or one digit short of one. */
const part = fc.constantFrom("", "a", "c2FsdA==", "ü", "\n");
const hashes = fc.oneof(
  fc
    .tuple(fc.constantFrom("", "4", "4096", "4 096"), part, part, part)
    .map(([iterations, salt, stored, server]) => `SCRAM-SHA-256$${iterations}:${salt}$${stored}:${server}`),
  fc.array(fc.constantFrom("SCRAM-SHA-256", "4096", ":", "$", "c2FsdA=="), { maxLength: 9 }).map((parts) => parts.join("")),
  fc
    .tuple(fc.constantFrom("", "A", "g"), fc.integer({ min: 30, max: 34 }), fc.constantFrom("", "", "A", "g"))
    .map(([before, length, after]) => `md5${before}${"0f3a".repeat(9).slice(0, length)}${after}`),
);
const words = fc
  .oneof(
    { weight: 6, arbitrary: fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 24 }) },
    { weight: 1, arbitrary: anyText({ maxLength: 24 }) },
    { weight: 1, arbitrary: hashes },
  )
  .map((word) => word.replaceAll("\0", ""));

/** Where log2 is whole: exactly 60 bits, and one byte to either side. Of the alphabets, ü and é are the characters of no set. */
const EDGES: readonly (readonly [word: string, bits: number])[] = [
  ["acegikmoq!ü", 60],
  ["acegikmo!ü", 55],
  ["acegikmoqs!ü", 65],
  ["aB1cD2éü", 60],
  ["aB1cD2éü3", 66],
  ["aB1cD2é", Math.log2(63) * 8],
];
const KNOWN = [
  "",
  "mypass",
  "Password123!",
  "abcqwertyabc",
  "aA1!_^",
  "md5c3fcd3d76192e4007dfb496cca67e13b",
  "md5C3fcd3d76192e4007dfb496cca67e13b",
  "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy",
];

ifCompiler("the estimator in C", () => {
  it(`says exactly what passwordEntropy.ts says to ${CASES} passwords, random and adversarial`, () => {
    const path = program("judge");
    const all = [...KNOWN, ...EDGES.map(([word]) => word), ...fc.sample(words, CASES)];
    const judged = judge(path, inputOf(all));
    expect(judged.map(({ refusal }) => refusal)).toEqual(all.map(findPasswordProblem));
    expect(judged.filter(({ bits }, at) => Math.abs(bits - computeEntropyBits(all[at] ?? "")) > 1e-9)).toEqual([]);
    // The sample is worth something: both ends occur, often.
    const accepted = judged.filter(({ refusal }) => refusal === undefined).length;
    expect(Math.min(accepted, all.length - accepted)).toBeGreaterThan(CASES / 10);
    expect(new Set(judged.map(({ refusal }) => refusal)).size).toBeGreaterThan(15);
  }, 60_000);

  it("counts whole bits exactly, where sixty are enough", () => {
    const judged = judge(program("edge"), inputOf(EDGES.map(([word]) => word)));
    expect(judged.map(({ bits }) => bits)).toEqual(EDGES.map(([, bits]) => bits));
    expect(judged.map(({ refusal }) => refusal === undefined)).toEqual(EDGES.map(([, bits]) => bits >= 60));
  });

  it("reads any bytes in bounds: 4 MB of noise under the address and undefined-behaviour sanitizers", () => {
    const probe = compile([...SANITIZERS, "-DPALISADE_HOOK_SELFTEST", SOURCE, "-o", join(directory, "probe"), "-lm"]);
    if (probe.status !== 0) {
      console.log(`skipped: this compiler has no sanitizers (${probe.stderr.trim().split("\n").at(-1) ?? ""})`);
      return;
    }
    const path = program("sanitized", SANITIZERS);
    const noise = Buffer.concat([randomBytes(4 << 20), Buffer.from([0])]);
    const records = noise.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
    expect(judge(path, noise)).toHaveLength(records);
    const all = fc.sample(words, 2_000);
    expect(judge(path, inputOf(all)).map(({ refusal }) => refusal)).toEqual(all.map(findPasswordProblem));
  }, 120_000);

  it.each([15, 16, 17, 18])("builds without a warning as a library for Postgres %d", (major) => {
    const dynamic = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
    const words = [...STRICT, "-O2", "-fPIC", "-shared", ...dynamic, `-DPG_MAJOR=${major}`];
    expect(compile([...words, SOURCE, "-o", join(directory, `${major}.so`), "-lm"])).toMatchObject({ status: 0, stderr: "" });
  });
});
