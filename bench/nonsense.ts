import fc from "fast-check";

/** What is thrown at the proxy before anybody has authenticated: by its tests, and in greater numbers by the benchmark. */
export interface Nonsense {
  readonly what: string;
  /** Sent inside TLS. */
  readonly secure: boolean;
  readonly inputs: fc.Arbitrary<Buffer>;
  /** Enough for a test. */
  readonly runs: number;
}

/** `login`: everything a client sends to log in, which is damaged here. */
export const nonsense = (login: Buffer): readonly Nonsense[] => [
  { what: "random streams in clear", secure: false, inputs: noise, runs: 1_000 },
  { what: "random streams in TLS", secure: true, inputs: noise, runs: 300 },
  { what: "random TLS handshakes", secure: false, inputs: handshakes, runs: 500 },
  { what: "damaged logins in TLS", secure: true, inputs: damaged(login), runs: 400 },
];

export const SSL_REQUEST = Buffer.from("0000000804d2162f", "hex");

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const noise = bytes(300);

/** In the place of a TLS handshake, asked for or direct. */
const handshakes = fc.tuple(noise, fc.boolean()).map(([rest, direct]) => {
  const hello = Buffer.concat([Buffer.from([0x16, 0x03, 0x01]), rest]);
  return direct ? hello : Buffer.concat([SSL_REQUEST, rest]);
});

/** Sent ahead without waiting, with bytes cut, changed and put in. */
const damaged = (login: Buffer) =>
  fc
    .array(fc.record({ at: fc.nat(login.length - 1), cut: fc.nat(20), put: bytes(20) }), { maxLength: 3 })
    .map((damages) =>
      damages.reduce((whole, { at, cut, put }) => Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]), login),
    );
