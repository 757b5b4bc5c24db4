import { AddressSet } from "../../../contract/ranges.js";
import type { Review } from "../../../review/change/judge.js";
import type { BranchComparison } from "../../../review/change/compare.js";
import { toGithub } from "../../../review/render/github.js";
import { renderJson, type ReviewJson, toJson } from "../../../review/render/json.js";
import { toJunit } from "../../../review/render/junit.js";
import { toMarkdown } from "../../../review/render/markdown.js";
import { toSarif } from "../../../review/render/sarif.js";
import { toText } from "../../../review/render/text.js";
import { finding, ORIGIN, SECRETS } from "./reviews.js";

const FORMS: Record<string, (one: ReviewJson) => string> = {
  text: (one) => toText(one, (_, text) => text),
  json: renderJson,
  markdown: toMarkdown,
  sarif: (one) => toSarif(one, ORIGIN),
  junit: (one) => toJunit(one, ORIGIN),
  github: (one) => toGithub(one, ORIGIN),
};

/** A review with the secret wherever a name, a value or a sentence of a stack comes in. */
function planted(secret: string): ReviewJson {
  const reach = { public: AddressSet.nobody, private: new Set([secret]) };
  const reaches = { reach, latent: reach, dataReach: reach };
  const facts = {
    ips: [],
    protectedBranchesOnly: false,
    blockPublicConnections: false,
    blockVpcConnections: false,
    vpcRestrictions: [],
    assignedVpcEndpoints: [],
  };
  const comparison: BranchComparison = {
    project: {
      key: secret,
      urn: secret,
      name: secret,
      declared: true,
      networkDeclared: true,
      facts,
      branches: [],
      computes: [],
      names: new Map(),
    },
    projectBefore: undefined,
    branch: { key: secret, origin: "declared", urn: secret, name: secret, parentKey: undefined, schemaOnly: false },
    before: undefined,
    after: reaches,
    protection: undefined,
  };
  const texts = { urn: `a::${secret}`, before: secret, after: `x_${secret}`, says: `So ${secret}.`, remedy: secret, property: secret };
  const judged: Review = {
    verdict: "block",
    findings: [
      finding({
        ...texts,
        rule: secret,
        location: `${secret}:3`,
        dependents: [`a::${secret}`],
        resource: { kind: secret, id: secret, name: `prod_${secret}` },
        addresses: { opened: [secret], closed: [secret], witness: secret },
      }),
    ],
    unjudged: [{ urn: `a::${secret}`, why: `${secret} is unknown` }],
    assumptions: [{ urn: `a::${secret}`, property: secret, target: `a::${secret}`, part: "project", expected: secret }],
    notJudged: [],
    advisory: false,
    comparisons: [comparison],
    counts: { update: 1 },
    others: 0,
    policyPacks: { [secret]: secret },
  };
  return toJson(judged, `${secret}/prod`);
}

describe.each(Object.entries(FORMS))("%s", (_, render) => {
  it.each(SECRETS)("carries no secret that got into a name or a value: %s", (secret) => {
    const text = render(planted(secret));
    expect(text).not.toMatch(/planted/);
    // What is hidden is seen to be: the mask is there, however the form spells it.
    expect(text).toMatch(/…|%E2%80%A6/);
  });
});

it("would notice a secret that comes through", () => {
  expect(renderJson({ ...planted("napi_plantedplanted"), stack: "napi_plantedplanted" })).toMatch(/planted/);
});
