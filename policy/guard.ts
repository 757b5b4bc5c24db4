import { readFileSync } from "node:fs";
import { PolicyPack } from "@pulumi/policy";
import { z } from "zod";
import { isAsJudged, findKind, type Properties, UNKNOWN } from "../provider/introspection.js";
import { findBrokenAssumption, CreatedObjects } from "./assumptions.js";
import { toPlainValue } from "./policies.js";

/** What `palisade guard` judged: of each resource, by URN, and what it took for true of references. */
const JudgedUpdate = z.object({
  resources: z.record(
    z.string(),
    z.object({ inputs: z.record(z.string(), z.unknown()), protect: z.boolean(), ignoreChanges: z.array(z.string()) }),
  ),
  assumptions: z.array(
    z.object({
      urn: z.string(),
      property: z.string(),
      target: z.string(),
      part: z.enum(["project", "branch"]),
      expected: z.string().optional(),
    }),
  ),
  /** The event log of the update, which tells the ids of what it has made. */
  events: z.string(),
});
export type JudgedUpdate = z.output<typeof JudgedUpdate>;

/** The mandatory policy pack of a guarded update: every resource that registers must be as it was judged. */
export function createGuardPack(): PolicyPack {
  const file = process.env["PALISADE_GUARD"];
  if (file === undefined) throw new Error("this policy pack belongs to palisade guard, which tells it what was judged");
  const { resources, assumptions, events } = JudgedUpdate.parse(JSON.parse(readFileSync(file, "utf8")));
  const made = new CreatedObjects(events);
  return new PolicyPack("palisade-guard", {
    enforcementLevel: "mandatory",
    policies: [
      {
        name: "as-judged",
        description: "The update may do only what was judged.",
        enforcementLevel: "mandatory",
        validateResource: async ({ type, urn, props, opts }, report) => {
          // The engine does not show default providers that stay as they are.
          if (type.startsWith("pulumi:providers:") && resources[urn] === undefined) return;
          const actual = { props: toPlainValue(props) as Properties, protect: opts.protect, ignoreChanges: opts.ignoreChanges };
          const difference = findDifference(resources[urn], actual);
          if (difference !== undefined) report(difference);
          // In a preview it may be unknown yet: an object's mark names the resource that makes it, and no other.
          const { managedBy } = actual.props;
          const judged = resources[urn]?.inputs["managedBy"];
          if (findKind(type) && judged === UNKNOWN && typeof managedBy === "string" && ![UNKNOWN, urn].includes(managedBy))
            report("managedBy is the mark of another resource");
          for (const assumption of assumptions.filter((one) => one.urn === urn)) {
            const broken = await findBrokenAssumption(assumption, actual.props[assumption.property], made);
            if (broken !== undefined) report(broken);
          }
        },
      },
    ],
  });
}

interface RegisteredResource {
  readonly props: Record<string, unknown>;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
}

/** One sentence on the first thing that is not as judged; names paths, never values. */
export function findDifference(
  judged: JudgedUpdate["resources"][string] | undefined,
  { props, protect, ignoreChanges }: RegisteredResource,
): string | undefined {
  if (judged === undefined) return "this resource is not part of the change that was judged";
  for (const name of new Set([...Object.keys(judged.inputs), ...Object.keys(props)]))
    if (!isAsJudged(judged.inputs[name], props[name])) return `${name} is not as it was judged`;
  if (protect !== judged.protect) return "the option protect is not as it was judged";
  const [now, then] = [ignoreChanges, judged.ignoreChanges].map((paths) => [...paths].sort().join("\n"));
  return now === then ? undefined : "the option ignoreChanges is not as it was judged";
}
