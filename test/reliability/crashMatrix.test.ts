import { type Cell, compare, FAULTS } from "../../tools/reliability/crashCell.js";
import { runCrashMatrix } from "../../tools/reliability/matrix.js";
import { API_KINDS } from "../../tools/reliability/resourcePrograms.js";
import { start } from "./start.js";

/**
 * Each fault once for every resource, spread over the calls of its life; all of them together run as `npm run crash-matrix`.
 * Every creation also meets the death of its process: that is where objects are lost or made twice.
 */
let cells: Cell[];

beforeAll(async () => {
  cells = await runCrashMatrix({
    start,
    planes: 8,
    choose: (all) =>
      all.filter(([target, fault]) => {
        const calls = [...new Set(all.filter(([{ scenario }]) => scenario === target.scenario).map(([each]) => each))];
        // One further, so that few creations are lost before they are done: each of those is looked for for ten seconds.
        const turn = (FAULTS.indexOf(fault) + 1) % calls.length;
        return calls.indexOf(target) === turn || (fault === "kill" && target.phase === "create" && target.index === 0);
      }),
  });
}, 180_000);

const of = (kind: string) => cells.filter(({ target }) => target.scenario.kind === kind);

test.each(API_KINDS)("%s: no fault leaves it twice or lost, and what is recorded is what is live", (kind) => {
  expect(new Set(of(kind).map(({ fault }) => fault))).toEqual(new Set(FAULTS));
  expect(of(kind).filter(({ duplicates, lost, wrong }) => duplicates + lost + wrong.length > 0)).toEqual([]);
});

test("after the death of a process that has made an object, what carries a mark is taken over, keys are recreated, and the rest asks for adopt", () => {
  const died = cells.filter(({ fault, target }) => fault === "kill" && target.phase === "create" && target.index === 0);
  const outcome = (...titles: string[]) => [
    ...new Set(died.filter(({ target }) => titles.includes(target.scenario.title)).map((cell) => cell.outcome)),
  ];
  expect(outcome("Project", "Branch", "ComputeEndpoint", "Snapshot", "CustomerManagedKey", "AuditExport")).toEqual(["taken over"]);
  expect(outcome("ApiKey")).toEqual(["recreated"]);
  expect(
    outcome(
      ...["Role", "RotatingRole", "Database", "JwksUrl", "ProjectPermission"],
      ...["OrganizationMember", "PrivateEndpoint", "VpcEndpointRestriction", "BackupSchedule"],
    ),
  ).toEqual(["by adopt"]);
});

test("an object too many, one too few and one that was touched would be seen", () => {
  const expected = ["+ branch strong {}", "~ project host {}"];
  expect(compare(expected, expected)).toEqual({ duplicates: 0, lost: 0, wrong: [] });
  expect(compare(expected, [...expected, "+ branch strong #2 {}"])).toMatchObject({ duplicates: 1, lost: 0 });
  expect(compare(expected, ["~ project host {}"])).toMatchObject({ duplicates: 0, lost: 1 });
  expect(compare(expected, [...expected, "- role stranger"])).toMatchObject({ duplicates: 0, lost: 1 });
  expect(compare(expected, [...expected, '~ branch stranger {"protected":false}']).wrong).toHaveLength(1);
});
