import { failures, judgedCorpus } from "../../tools/corpus/judged.js";

it("the review is right about the labelled changes", async () => {
  const all = await judgedCorpus();
  expect(all.length).toBeGreaterThan(350);
  expect(failures(all)).toEqual([]);
});

it("no name is labelled twice", async () => {
  const names = (await judgedCorpus()).map(({ change }) => change.name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
