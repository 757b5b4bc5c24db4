import fc from "fast-check";

/** Malformed input sent to the proxy before authentication: by its tests, and in greater numbers by the benchmark. */
export interface FuzzCase {
  readonly what: string;
  /** Sent inside TLS. */
  readonly secure: boolean;
  readonly inputs: fc.Arbitrary<Buffer>;
  /** Enough for a test. */
  readonly runs: number;
}

/** `login`: everything a client sends to log in, which is damaged here. */
export const listFuzzCases = (login: Buffer): readonly FuzzCase[] => [
  { what: "random streams in clear", secure: false, inputs: noise, runs: 1_000 },
  { what: "random streams in TLS", secure: true, inputs: noise, runs: 300 },
  { what: "random TLS handshakes", secure: false, inputs: handshakes, runs: 500 },
  { what: "damaged logins in TLS", secure: true, inputs: generateDamagedLogins(login), runs: 400 },
];

export const SSL_REQUEST = Buffer.from("0000000804d2162f", "hex");

const generateBytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const noise = generateBytes(300);

/** Sent instead of a TLS handshake, after SSLRequest or direct. */
const handshakes = fc.tuple(noise, fc.boolean()).map(([rest, direct]) => {
  const hello = Buffer.concat([Buffer.from([0x16, 0x03, 0x01]), rest]);
  return direct ? hello : Buffer.concat([SSL_REQUEST, rest]);
});

/** Sent ahead without waiting, with bytes cut, changed and put in. */
const generateDamagedLogins = (login: Buffer) =>
  fc
    .array(fc.record({ at: fc.nat(login.length - 1), cut: fc.nat(20), put: generateBytes(20) }), { maxLength: 3 })
    .map((damages) =>
      damages.reduce((whole, { at, cut, put }) => Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]), login),
    );
