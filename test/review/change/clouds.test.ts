import { clouds } from "../../../tools/corpus/clouds.js";
import { azurePrivateNetworks } from "../../../tools/corpus/azurePrivateNetworks.js";
import { lockOuts } from "../../../tools/corpus/lockOuts.js";
import { privateNetworks as awsNetworks } from "../../../tools/corpus/privateNetworks.js";
import { customerKeys } from "../../../tools/corpus/customerKeys.js";
import { reviewStream, buildStream } from "../../../tools/corpus/writtenChanges.js";

const networks = [...awsNetworks, ...lockOuts, ...azurePrivateNetworks];

it.each([...clouds, ...networks, ...customerKeys].map((change) => [change.name, change] as const))(
  "%s",
  async (_, { before, after, verdict, findings, unclear }) => {
    const review = await reviewStream(buildStream(before, after));
    expect({
      verdict: review.verdict,
      unclear: review.unjudged.length > 0,
      findings: review.findings.map(({ rule, resource }) => `${rule} ${resource.name}`).sort(),
    }).toEqual({ verdict, unclear: unclear ?? false, findings: [...findings].sort() });
  },
);

it("a rule that names a group opens to no addresses", async () => {
  const { before, after } = clouds.find(
    ({ name }) => name === "a rule for another group says nothing of addresses",
  ) as (typeof clouds)[number];
  const [finding] = (await reviewStream(buildStream(before, after))).findings;
  expect(finding).toMatchObject({ before: "10.0.0.0/16 (65,536 IPv4 addresses)", after: "10.0.0.0/16 (65,536 IPv4 addresses), sg-9" });
});

const changeOf = (name: string) => networks.find((one) => one.name === name) as (typeof networks)[number];

it.each([
  ["private network: the group of the endpoint lets more in", ["10.1.0.0-10.255.255.255"]],
  ["an allow before the deny of a network ACL", ["10.0.0.0/17"]],
  ["a route to a network that the group lets in", ["10.0.128.0/17"]],
  ["Azure: the endpoint's network is peered", ["192.168.0.0/16"]],
])("%s: the finding has the exact addresses, a direction, and the branch that they reach", async (name, opened) => {
  const { before, after } = changeOf(name);
  const [finding] = (await reviewStream(buildStream(before, after))).findings;
  expect(finding).toMatchObject({ direction: "opens", severity: "medium", addresses: { opened } });
  expect(finding?.says).toContain("which leads to shop/main past the address list");
});

it("what widens the way of an endpoint that leads to no database of the stack is a remark", async () => {
  const strange = ({ before, after }: (typeof networks)[number]) => {
    const own = (resources: typeof before) => resources.filter(({ type }) => !type.includes("palisade:"));
    return buildStream(own(before), own(after));
  };
  for (const change of networks.filter(
    ({ findings }) => findings.length === 1 && /^(?:private|network|endpoint)-/.test(findings[0] ?? ""),
  )) {
    const { verdict, findings } = await reviewStream(strange(change));
    if (change.unclear !== true) expect([change.name, verdict]).toEqual([change.name, "approve"]);
    expect(findings.filter(({ severity }) => severity !== "low")).toEqual([]);
  }
});
