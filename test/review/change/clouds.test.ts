import { clouds } from "../../../tools/corpus/clouds.js";
import { keys } from "../../../tools/corpus/keys.js";
import { reviewStream, streamOf } from "../../../tools/corpus/written.js";

it.each([...clouds, ...keys].map((change) => [change.name, change] as const))(
  "%s",
  async (_, { before, after, verdict, findings, unclear }) => {
    const review = await reviewStream(streamOf(before, after));
    expect({
      ...{ verdict: review.verdict, unclear: review.unjudged.length > 0 },
      findings: review.findings.map(({ rule, resource }) => `${rule} ${resource.name}`).sort(),
    }).toEqual({ verdict, unclear: unclear ?? false, findings: [...findings].sort() });
  },
);

it("a rule that names a group opens to no addresses", async () => {
  const { before, after } = clouds.find(
    ({ name }) => name === "a rule for another group says nothing of addresses",
  ) as (typeof clouds)[number];
  const [finding] = (await reviewStream(streamOf(before, after))).findings;
  expect(finding).toMatchObject({ before: "10.0.0.0/16 (65,536 IPv4 addresses)", after: "10.0.0.0/16 (65,536 IPv4 addresses), sg-9" });
});
