import { azurePrivateNetworks } from "../../../tools/corpus/azurePrivateNetworks.js";
import { clouds } from "../../../tools/corpus/clouds.js";
import { customerKeys } from "../../../tools/corpus/customerKeys.js";
import { lockOuts } from "../../../tools/corpus/lockOuts.js";
import { privateNetworks } from "../../../tools/corpus/privateNetworks.js";
import { reviewStream, type Stream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Rules that these judges own; a move has no finding of its own among them. */
const OWN = /^(?:private-path|network-peered|private-dns|endpoint-policy|key-)/;
const changes = [...clouds, ...privateNetworks, ...lockOuts, ...azurePrivateNetworks, ...customerKeys].filter(
  ({ streamOptions }) => streamOptions === undefined,
);

/** The same with other URNs, of which the recorded side keeps the old ones: as the engine tells of aliases and of a move into a component. */
function moved(stream: Stream, names: readonly string[], newUrn: (urn: string) => string): Stream {
  const isMoved = (urn: string) => names.some((name) => urn.endsWith(`::${name}`));
  const now = (urn: string) => (isMoved(urn) ? newUrn(urn) : urn);
  const events = stream.events.map((line) => {
    const event = JSON.parse(line) as Record<string, { metadata?: { urn: string; new?: { urn: string } | null } }>;
    for (const { metadata } of Object.values(event).filter((part) => typeof part === "object")) {
      if (metadata?.new == null) continue;
      metadata.urn = metadata.new.urn = now(metadata.urn);
    }
    return JSON.stringify(event);
  });
  return { ...stream, events, plan: stream.plan.replaceAll(/urn:pulumi:[^"]+/g, now) };
}

const staying = (before: readonly WrittenResource[], after: readonly WrittenResource[]) =>
  after.filter((one) => before.some(({ name, type }) => name === one.name && type === one.type)).map(({ name }) => name);

it.each([
  ["another name", (urn: string) => `${urn}-then`],
  ["a component of their own", (urn: string) => urn.replace("::shop::", "::shop::acme:net:Network$")],
])("what moves by aliases to %s is found to open and close the same", async (_, newUrn) => {
  for (const { name, before, after } of changes) {
    const stream = buildStream(before, after);
    const told = async (one: Stream) => {
      const { findings, unjudged } = await reviewStream(one);
      const own = findings.filter(({ rule }) => OWN.test(rule));
      return {
        findings: own.map(({ rule, resource, severity, ...one }) => [rule, resource.name.replace(/-then$/, ""), severity, one.addresses]),
        unjudged: unjudged.map(({ why }) => why),
      };
    };
    expect([name, await told(moved(stream, staying(before, after), newUrn))]).toEqual([name, await told(stream)]);
  }
});
