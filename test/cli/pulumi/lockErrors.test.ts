import { parseLockError } from "../../../cli/pulumi/lockErrors.js";

const SAID =
  "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.";
const lock = (who: string, at: string) =>
  `  ${at}/.pulumi/locks/organization/shop/production/aba1e5b3.json: created by ${who} at 2026-11-29T20:04:50Z`;

test.each(["file:///state", "s3://example-shop-state", "azblob://shop-production", "gs://shop"])(
  "%s: the error says who holds the stack, and since when",
  (at) => {
    const message = parseLockError([SAID, lock("ci@runner-7 (pid 812)", at), ""].join("\n"))?.message;
    expect(message).toContain("by ci@runner-7 (pid 812) since 2026-11-29T20:04:50Z");
    expect(message).toContain("pulumi cancel");
    expect(message).not.toContain(at);
  },
);

test("several locks are told with all their holders", () => {
  const said = [SAID, lock("ci@one (pid 1)", "s3://b"), lock("ci@two (pid 2)", "s3://b")].join("\n");
  expect(parseLockError(said)?.message).toMatch(/by ci@one \(pid 1\) since \S+ and by ci@two \(pid 2\) since/);
});

test("Pulumi Cloud does not say who it is", () => {
  const said =
    "error: [409] Conflict: Another update is currently in progress.\nTo learn more about possible reasons and resolution, visit https://www.pulumi.com/";
  expect(parseLockError(said)).toMatchObject({ code: "PAL_STACK_LOCKED" });
});

test("what another program writes as a holder does nothing to a terminal", () => {
  expect(parseLockError([SAID, lock("ci@\u001b[2J (pid 1)", "s3://b")].join("\n"))?.message).not.toContain("\u001b");
});

test.each(["", "error: no stack named 'production' found", "Diagnostics:\n  a resource created by another stack"])(
  "%j is no lock",
  (said) => {
    expect(parseLockError(said)).toBeUndefined();
  },
);
