import fc from "fast-check";
import { IdGenerator } from "../../../control-plane/idGenerator.js";
import { computeAlphabetSize, computeCountedLength, computeEntropyBits, findPasswordProblem } from "../../support/passwordEntropy.js";

describe("the strength of a password", () => {
  // Figures of go-password-validator itself for the same words.
  it.each([
    ["npg_a8Kd03LxQz7M", 97.1],
    ["FLfASd8mbKO9", 71.5],
    ["T3sting!23Ab", 72.8],
    ["Password123!", 66.7],
    ["Passw0rd!Passw0rd!", 109.2],
    ["Zq1!Zq1!Zq1!", 72.8],
    ["jungle_man", 49.5],
    ["abcdefghijklmnopqrstuvwxyz0123456789", 41.4],
    ["😀😀😀😀", 0],
    ["", 0],
  ])("counts %j as %d bits", (password, bits) => {
    expect(computeEntropyBits(password)).toBeCloseTo(bits, 1);
  });

  it.each([
    ["abcd", 26],
    ["abcdA", 52],
    ["A", 26],
    ["^_", 27],
    ["!", 5],
    ["123", 10],
    ["123ü", 11],
    ["aA1!_^", 94],
  ])("takes an alphabet for %j of %d characters", (password, size) => {
    expect(computeAlphabetSize(password)).toBe(size);
  });

  it.each([
    ["aaaa", 2],
    ["bbbbbbbaaaaaaaaa", 4],
    ["ab", 2],
    ["12345678", 2],
    ["87654321", 2],
    // The original's walk begins again one character late, so the second "abc" stays whole.
    ["abcqwertyabc", 7],
    ["ABCDEFG", 7],
    ["üüü", 4],
  ])("counts %j as %d bytes", (password, length) => {
    expect(computeCountedLength(password)).toBe(length);
  });

  it("never grows when a character is repeated a third time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 }), (word) => {
        const last = word.slice(-1);
        const tripled = word + last + last;
        expect(computeCountedLength(`${tripled}${last}`)).toBe(computeCountedLength(tripled));
      }),
    );
  });

  it("lets nothing shorter than ten characters of ASCII pass, and never counts more bytes than there are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 9 }), (word) => {
        expect(computeEntropyBits(word)).toBeLessThan(60);
        expect(computeCountedLength(word)).toBeLessThanOrEqual(Buffer.byteLength(word));
      }),
    );
  });
});

describe("what Neon answers to a password", () => {
  it.each([
    [
      "mypass",
      "insecure password, try including more special characters, using uppercase letters, using numbers or using a longer password",
    ],
    [
      "MYPASS",
      "insecure password, try including more special characters, using lowercase letters, using numbers or using a longer password",
    ],
    [
      "123",
      "insecure password, try including more special characters, using lowercase letters, using uppercase letters or using a longer password",
    ],
    ["aA1!_^", "insecure password, try using a longer password"],
    ["", "Neon does not support roles with empty passwords"],
    ["md5c3fcd3d76192e4007dfb496cca67e13b", "Neon only supports being given plaintext passwords."],
    ["SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy", "Neon only supports being given plaintext passwords."],
  ])("refuses %j", (password, text) => {
    expect(findPasswordProblem(password)).toBe(text);
  });

  it("takes every password that the plane makes: 12 of 62 characters are 71 bits before the prefix", () => {
    const ids = new IdGenerator(false);
    for (let round = 0; round < 2_000; round++) {
      const password = ids.createPassword();
      expect(password).toMatch(/^npg_[A-Za-z0-9]{12}$/);
      expect(findPasswordProblem(password)).toBeUndefined();
    }
  });

  it("draws the letters of generated passwords evenly", () => {
    const ids = new IdGenerator(false);
    const counts = new Map<string, number>();
    const drawn = 20_000 * 12;
    for (let round = 0; round < 20_000; round++)
      for (const letter of ids.createPassword().slice(4)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    const expected = drawn / 62;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 61 degrees of freedom: an even source exceeds 140 once in thirty million runs; a byte modulo 62 gives more than 700.
    expect(chiSquare).toBeLessThan(140);
  });
});
