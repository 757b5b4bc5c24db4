import { listFailures, judgeCorpus } from "../../tools/corpus/judgeCorpus.js";

it("the review is right about the labelled changes", async () => {
  const all = await judgeCorpus();
  expect(all.length).toBeGreaterThan(350);
  expect(listFailures(all)).toEqual([]);
});

it("no name is labelled twice", async () => {
  const names = (await judgeCorpus()).map(({ change }) => change.name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
