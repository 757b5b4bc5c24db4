import type { z } from "zod";
import type { Properties } from "../../../provider/engine/define.js";
import { computeChanges, deduplicateSets } from "../../../provider/engine/fields.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { kinds, leavesOf } from "../../support/leaves.js";
import { sharedPlane } from "../../support/plane.js";

/** What the API keeps coarser, or spells anew, is compared as the API keeps it, and sent so. */

const TIME = "2037-01-05T10:00:00Z";
const LIVES_IN_STATE = ["removeAfter"];

/** A program that holds the value at the path, and nothing else. */
const programOf = (path: string, value: unknown): Properties =>
  path.split(".").reduceRight<unknown>((inner, step) => ({ [step]: inner }), value) as Properties;

const times = kinds.flatMap(([kind, { inputs }]) =>
  leavesOf(inputs)
    .filter(
      ({ path, field }) =>
        field.safeParse(TIME).success && !field.safeParse("yesterday").success && !LIVES_IN_STATE.includes(path.split(".").at(-1) ?? ""),
    )
    .map(({ path }) => [kind, path, inputs] as const),
);

it("finds the times", () => {
  expect(times.map(([kind, path]) => `${kind}.${path}`)).toEqual([
    "Branch.from.timestamp",
    "Branch.expiresAt",
    "Snapshot.from.timestamp",
    "Snapshot.expiresAt",
    "TemporaryAccess.until",
  ]);
});

it.each(times)("%s.%s is compared to the second", (_kind, path, inputs) => {
  for (const other of ["2037-01-05T10:00:00.000Z", "2037-01-05T10:00:00.637Z", "2037-01-05T12:00:00.999+02:00"]) {
    expect(computeChanges(inputs, programOf(path, TIME), programOf(path, other))).toEqual([]);
    expect(computeChanges(inputs, programOf(path, other), programOf(path, TIME))).toEqual([]);
  }
  expect(computeChanges(inputs, programOf(path, TIME), programOf(path, "2037-01-05T10:00:01Z"))).toHaveLength(1);
});

it.each(kinds)("%s: a set is handed on with each member once", (_, { inputs }) => {
  for (const { path, field } of leavesOf(inputs)) {
    const top = inputs.shape[path] as z.ZodType | undefined;
    if (!top?.meta()?.unordered) continue;
    const [member] = ["SELECT", "CONNECT", "192.0.2.1", "role", 1].filter((value) => field.safeParse(value).success);
    expect(deduplicateSets(inputs, { [path]: [member, member] })).toEqual({ [path]: [member] });
  }
});

describe("on a plane", () => {
  const plane = sharedPlane();
  const writes = async () => {
    const { body } = await plane.api.call("GET", "/x-palisade/test/calls");
    return Object.keys((body as { calls: Record<string, number> }).calls).filter((call) => !call.startsWith("GET "));
  };
  const ips = async (projectId: string) =>
    ((await plane.api.call("GET", `/projects/${projectId}`)).body as { project: { settings: { allowed_ips: { ips: string[] } } } }).project
      .settings.allowed_ips.ips;

  const ODD = ["203.0.113.0-203.0.113.255", "203.0.113.0/24", "2001:DB8:0::1", { range: "203.0.113.0/24", description: "again" }];
  const NEAT = ["203.0.113.0/24", "2001:db8::1"];

  it.each(["Project", "IpAllowlist", "IpAllowlistEntry"] as const)(
    "%s: sends ranges once and in one spelling, and nothing for what lives in the state",
    async (kind) => {
      const { hooks } = startProviderProcess(plane.ready);
      const base = { name: `spelled-${kind}`, regionId: "aws-eu-central-1", managedBy: `urn:${kind}` };
      const made =
        kind === "Project"
          ? undefined
          : await hooks.Project.create({
              ...base,
              network: kind === "IpAllowlist" ? { allow: "managedSeparately" } : { allow: "listed", ranges: ["192.0.2.9"] },
            });
      const own = kind === "IpAllowlistEntry" ? {} : { allow: "listed" };
      const args = (ranges: unknown): Properties =>
        kind === "Project"
          ? { ...base, network: { allow: "listed", ranges } }
          : { projectId: made?.id, ...own, ranges, managedBy: `urn:own:${kind}` };
      const { id, outs } = await hooks[kind].create(args(ODD));
      const projectId = made?.id ?? id;
      expect(await ips(projectId)).toEqual(kind === "IpAllowlistEntry" ? ["192.0.2.9", ...NEAT] : NEAT);

      await plane.api.call("DELETE", "/x-palisade/test/calls");
      const described = [{ range: "203.0.113.0/24", description: "office", removeAfter: "2037-01-01T00:00:00Z" }, { range: "2001:db8::1" }];
      const after = await hooks[kind].update(id, outs, args(described));
      expect(await writes()).toEqual([]);
      expect(after.outs["nextRemovalAt"]).toBe("2037-01-01T00:00:00.000Z");
      // One that is over by now leaves the list.
      await hooks[kind].update(id, after.outs, args([{ range: "203.0.113.0/24", removeAfter: "2020-01-01T00:00:00Z" }, "2001:db8::1"]));
      expect(await ips(projectId)).toEqual(kind === "IpAllowlistEntry" ? ["192.0.2.9", "2001:db8::1"] : ["2001:db8::1"]);
    },
  );

  it("a branch that ends at a time with milliseconds stays as it is", async () => {
    const { project } = await plane.api.project();
    const { hooks } = startProviderProcess(plane.ready);
    const args = { projectId: project.id, name: "ends", compute: "none", expiresAt: "2037-01-05T10:00:00.637Z", managedBy: "urn:ends" };
    const { id, outs } = await hooks.Branch.create(args);
    expect((await hooks.Branch.read(id, outs)).inputs).toMatchObject({ expiresAt: args.expiresAt });
    await plane.api.call("DELETE", "/x-palisade/test/calls");
    await hooks.Branch.update(id, outs, args);
    expect(await writes()).toEqual([]);
  });
});
