import type { PlaneReady } from "@palisade/neon/contract/plane";
import { EXIT } from "@palisade/neon/contract/exitCodes";
import { createAdmin } from "../../tools/reliability/admin.js";
import { runConformance, getExitCode, main, type ConformanceOutcome } from "../../tools/reliability/conformance.js";
import { withPlane } from "../../tools/reliability/testPlane.js";
import { start } from "./start.js";

/** Everything there is afterwards, under whatever name. */
async function held({ apiUrl, apiKey, orgId }: PlaneReady): Promise<{ projects: unknown[]; keys: unknown }> {
  const admin = createAdmin({ apiUrl, apiKey, orgId });
  const { projects } = (await admin.callOrThrow("GET", `/projects?org_id=${orgId}`)) as { projects: unknown[] };
  return { projects, keys: await admin.callOrThrow("GET", `/organizations/${orgId}/api_keys`) };
}

const NOTHING = { projects: [], keys: [] };

/** @param watch sees every line, and may stop the asking */
const asked = (ready: PlaneReady, watch: (line: string, stop: () => void) => void = () => undefined): Promise<ConformanceOutcome> => {
  const stop = new AbortController();
  return runConformance(ready, stop.signal, {
    line: (line) => {
      watch(line, () => {
        stop.abort();
      });
    },
  });
};

it("holds for the plane, answers every question and leaves nothing behind", async () => {
  await withPlane(start, async ({ ready }) => {
    const outcome = await asked(ready);
    expect(outcome.assertions.filter((assertion) => !assertion.held)).toEqual([]);
    expect([outcome.assertions.length, outcome.questions.length]).toEqual([20, 23]);
    expect(getExitCode(outcome)).toBe(EXIT.done);
    expect(await held(ready)).toEqual(NOTHING);
  });
}, 30_000);

it("fails when one answer is another than it was seen elsewhere, and leaves nothing behind", async () => {
  await withPlane(start, async ({ ready }) => {
    const path = "/projects/palisade-no-such-12345678";
    await createAdmin(ready).callOrThrow("POST", "/x-palisade/test/faults", { method: "GET", path, kind: "status", status: 410 });
    const outcome = await asked(ready);
    expect(outcome.assertions.filter((assertion) => !assertion.held).map(({ what }) => what)).toEqual(["a project that does not exist"]);
    expect(getExitCode(outcome)).toBe(EXIT.failed);
    expect(await held(ready)).toEqual(NOTHING);
  });
}, 30_000);

it.each(["a key of the project", "protecting a branch"])(
  "interrupted at %s it removes what it has made",
  async (moment) => {
    await withPlane(start, async ({ ready }) => {
      const outcome = await asked(ready, (line, stop) => {
        if (line.includes(moment)) stop();
      });
      expect(getExitCode(outcome)).toBe(EXIT.interrupted);
      expect(outcome.left).toEqual([]);
      expect(await held(ready)).toEqual(NOTHING);
    });
  },
  30_000,
);

it("removes a project whose creation was never answered", async () => {
  await withPlane(start, async ({ ready }) => {
    await createAdmin(ready).callOrThrow("POST", "/x-palisade/test/faults", { method: "POST", path: "/projects", kind: "lost-after" });
    const outcome = await asked(ready);
    expect(getExitCode(outcome)).toBe(EXIT.failed);
    expect(await held(ready)).toEqual(NOTHING);
  });
}, 30_000);

it("asks no other machine without --yes, and says before what it would do there", async () => {
  const calls = jest.spyOn(globalThis, "fetch");
  const said: string[] = [];
  const output = jest.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
  try {
    const environment = { NEON_API_HOST: "https://console.palisade.test/api/v2", NEON_API_KEY: "napi_planted_7f3a9c" };
    expect(await main([], environment)).toBe(EXIT.wrongUsage);
    expect(calls).not.toHaveBeenCalled();
    expect(said.join("")).toContain("makes 1 project");
    expect(said.join("")).not.toContain("planted");
  } finally {
    output.mockRestore();
    calls.mockRestore();
  }
});
