import { randomBytes } from "node:crypto";
import fc from "fast-check";
import {
  checkClientFinal,
  createScramClient,
  createDummyVerifier,
  formatVerifier,
  ITERATIONS,
  createNonce,
  parseClientFirst,
  parseVerifier,
  buildServerFirst,
  computeVerifier,
  type ScramVerifier,
} from "../../../control-plane/passwords/scram.js";

/** One whole exchange between our two sides. */
function exchange(verifier: ScramVerifier, secret: Parameters<typeof createScramClient>[0], channel?: { theirs: Buffer; ours: Buffer }) {
  const client = createScramClient(secret, channel && { channel: channel.theirs });
  const first = parseClientFirst(client.first);
  if (first === undefined) throw new Error("our own client's first message was not understood");
  const server = buildServerFirst(first, createNonce(), verifier);
  const answer = client.answer(server);
  if (answer === undefined) throw new Error("our own server's first message was not understood");
  const outcome = checkClientFinal(
    { client: first, serverFirst: server, channel: channel?.ours ?? Buffer.alloc(0), verifier },
    answer.final,
  );
  return { outcome, expected: answer.serverFinal };
}

describe("SCRAM-SHA-256", () => {
  it("agrees with the exchange printed in RFC 7677", () => {
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    const verifier = computeVerifier("pencil", salt);
    const client = createScramClient({ password: "pencil" }, { user: "user", nonce: "rOprNGfwEbeRWgbNEkqO" });
    expect(client.first).toBe("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    const first = parseClientFirst(client.first);
    const server = first && buildServerFirst(first, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", verifier);
    expect(server).toBe("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    const answer = client.answer(server ?? "");
    expect(answer?.final).toBe(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    );
    expect(answer?.serverFinal).toBe("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    if (first === undefined || server === undefined || answer === undefined) throw new Error("unreachable");
    const outcome = checkClientFinal({ client: first, serverFirst: server, channel: Buffer.alloc(0), verifier }, answer.final);
    expect(outcome).toMatchObject({ serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" });
  });

  it("spells a verifier as Postgres does, and reads it back", () => {
    // The keys that RFC 7677's salt gives for "pencil".
    const verifier = computeVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
    const text = formatVerifier(verifier);
    expect(text).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
    expect(parseVerifier(text)).toEqual(verifier);
  });

  it.each([
    "",
    "md5c3fcd3d76192e4007dfb496cca67e13b",
    "SCRAM-SHA-256$0:c2FsdA==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    "SCRAM-SHA-256$4096:c2FsdA==$c2hvcnQ=:c2hvcnQ=",
    "SCRAM-SHA-256$4096:c2FsdA==",
  ])("does not take %j for a verifier", (text) => {
    expect(parseVerifier(text)).toBeUndefined();
  });

  it("proves the right password and gives a ClientKey that proves it again without the password", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 40 }), (password) => {
        const verifier = computeVerifier(password, randomBytes(16), 2);
        const { outcome, expected } = exchange(verifier, { password });
        if (typeof outcome === "string") throw new Error(outcome);
        expect(outcome.serverFinal).toBe(expected);
        const again = exchange(verifier, { clientKey: outcome.clientKey, serverKey: verifier.serverKey });
        expect(again.outcome).toMatchObject({ serverFinal: again.expected });
      }),
    );
  });

  it("refuses every other password", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), fc.string({ unit: "grapheme-ascii" }), (password, other) => {
        fc.pre(password !== other);
        expect(exchange(computeVerifier(password, randomBytes(16), 2), { password: other }).outcome).toBe("wrong-password");
      }),
    );
  });

  it("binds to the channel: a proof made for another certificate is refused", () => {
    const verifier = computeVerifier("pencil", undefined, 2);
    const [ours, theirs] = [randomBytes(32), randomBytes(32)];
    expect(exchange(verifier, { password: "pencil" }, { theirs: ours, ours }).outcome).toHaveProperty("clientKey");
    expect(exchange(verifier, { password: "pencil" }, { theirs, ours }).outcome).toBe("wrong-channel");
  });

  it("refuses a password that would need SASLprep", () => {
    expect(() => computeVerifier("pässword")).toThrow("printable ASCII");
  });
});

describe("messages that are not what RFC 5802 says", () => {
  it.each(["", "n,,", "n,,n=user", "n,a=admin,n=,r=abc", "n,,m=ext,n=,r=abc", "x,,n=,r=abc", "p=,,n=,r=abc", "n,,n=,r=a\u0000c"])(
    "as a first message: %j",
    (text) => {
      expect(parseClientFirst(text)).toBeUndefined();
    },
  );

  it("as a last message: whatever it is, it is no proof", () => {
    const verifier = computeVerifier("pencil", undefined, 2);
    const first = parseClientFirst("n,,n=,r=abc");
    if (first === undefined) throw new Error("unreachable");
    const setting = { client: first, serverFirst: buildServerFirst(first, "xyz", verifier), channel: Buffer.alloc(0), verifier };
    const part = fc.oneof(fc.constantFrom("c=biws", "r=abcxyz", "r=abc", "p=", "p=AAAA", "c=", ",", "="), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        expect(typeof checkClientFinal(setting, parts.join(","))).toBe("string");
      }),
    );
    const zeros = Buffer.alloc(32).toString("base64");
    expect(checkClientFinal(setting, `c=biws,r=abcxyz,p=${zeros}`)).toBe("wrong-password");
    expect(checkClientFinal(setting, `c=biws,r=abcxy,p=${zeros}`)).toBe("malformed");
    expect(checkClientFinal(setting, `c=eSws,r=abcxyz,p=${zeros}`)).toBe("wrong-channel");
    expect(checkClientFinal(setting, `c=biws,r=abcxyz,p=AAAA`)).toBe("malformed");
  });
});

describe("the verifier of a role that does not exist", () => {
  const secret = randomBytes(32);

  it("looks like any other and is the same each time, so that nobody learns that there is no such role", () => {
    const doomed = createDummyVerifier(secret, "project", "ghost");
    expect(doomed).toEqual(createDummyVerifier(secret, "project", "ghost"));
    expect(doomed.iterations).toBe(ITERATIONS);
    expect(doomed.salt).toHaveLength(computeVerifier("pencil").salt.length);
    expect(parseVerifier(formatVerifier(doomed))).toEqual(doomed);
  });

  it("differs by role, project and plane", () => {
    const salts = [
      createDummyVerifier(secret, "project", "ghost"),
      createDummyVerifier(secret, "project", "phantom"),
      createDummyVerifier(secret, "other", "ghost"),
      createDummyVerifier(randomBytes(32), "project", "ghost"),
    ].map(({ salt }) => salt.toString("hex"));
    expect(new Set(salts).size).toBe(4);
  });

  it("fits no password", () => {
    expect(exchange(createDummyVerifier(secret, "project", "ghost"), { password: "pencil" }).outcome).toBe("wrong-password");
  });
});
