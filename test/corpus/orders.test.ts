import type { Review } from "../../review/change/judge.js";
import { getUrnName } from "../../review/change/change.js";
import { CHANGES } from "../../tools/corpus/changes.js";
import { reviewRecorded } from "../../tools/corpus/judgeCorpus.js";
import { type RecordedChange, readRecordedChanges } from "../../tools/corpus/recordedChanges.js";
import { createRandom } from "../../tools/reachability/random.js";

/** The engine reports the resources of one and the same program in whatever order they come to it. */

interface Metadata {
  readonly urn: string;
}
type Event = Readonly<Record<"resourcePreEvent" | "resOutputsEvent", { readonly metadata: Metadata } | undefined>>;

const SHUFFLES = 3;

it("a change gets the same verdict and findings, in whatever order its resources are reported", async () => {
  const stored = readRecordedChanges();
  const random = createRandom(20_261_129);
  const differing: string[] = [];
  for (const { name } of CHANGES) {
    const change = stored.get(name) as RecordedChange;
    const told = said(await reviewRecorded(change));
    for (let count = 0; count < SHUFFLES; count++) {
      const other = said(await reviewRecorded({ ...change, events: shuffled(change.events, random) }));
      if (other !== told) differing.push(`${name}:\n${told}\n${other}`);
    }
  }
  expect(differing).toEqual([]);
});

/** All that a reader may act on, in an order of its own. */
function said({ verdict, findings, unjudged, assumptions }: Review): string {
  return [
    verdict,
    ...findings
      .map(({ rule, severity, direction, urn, resource }) => [rule, severity, direction, getUrnName(urn), resource.name].join(" "))
      .sort(),
    ...unjudged.map(({ urn, why }) => `${getUrnName(urn)}: ${why}`).sort(),
    ...assumptions.map(({ urn, property, target }) => `${getUrnName(urn)}.${property} of ${getUrnName(target)}`).sort(),
  ].join("\n");
}

/** The resources in another order; what is told of one of them stays together, and in its order. */
function shuffled(events: readonly object[], random: (below: number) => number): object[] {
  const byUrn = new Map<string, object[]>();
  const others: object[] = [];
  for (const event of events as readonly Event[]) {
    const urn = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata.urn;
    if (urn === undefined) others.push(event);
    else byUrn.set(urn, [...(byUrn.get(urn) ?? []), event]);
  }
  const groups = [...byUrn.values()];
  for (let last = groups.length - 1; last > 0; last--) {
    const at = random(last + 1);
    [groups[last], groups[at]] = [groups[at] as object[], groups[last] as object[]];
  }
  // The prelude comes first and the summary last.
  return [...others.slice(0, 1), ...groups.flat(), ...others.slice(1)];
}
