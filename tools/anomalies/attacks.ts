import type { AnomalyEvent } from "../../contract/wire/auditEvent.js";
import { DAYS, getEgress, getHome, OFFICE, range, WARM_UP_DAYS } from "./normalMonth.js";
import { createChange, createList, createLogin, createRefusalCount, DAY, type Draft, HOUR, MINUTE } from "./rows.js";

/** What somebody does in the middle of a normal month. */
export interface AttackScript {
  readonly name: string;
  readonly rows: readonly Draft[];
  /** Which rule is to find it, and how it is to be told at least. */
  readonly rule: string;
  readonly least: AnomalyEvent["severity"];
  /** What a finding of it says; others are of the month. */
  readonly about: string;
}

const WRONG = "password-failed";
const NIGHT = (WARM_UP_DAYS + 12) * DAY + 2 * HOUR;
const NOON = (WARM_UP_DAYS + 12) * DAY + 12 * HOUR;
const [EVIL, OTHER] = ["45.9.148.3", "45.9.149.3"];
const project = "shop";
const getBot = (at: number): string => `46.${Math.floor(at / 250)}.${at % 250}.9`;
const fail = (at: number, role: string, address: string): Draft => createLogin(at, { project, role, address, reason: WRONG });
const enter = (at: number, role: string, address: string): Draft => createLogin(at, { project, role, address });
const OWN = createList(["198.51.100.0/24"]);

export const ATTACK_SCRIPTS: readonly AttackScript[] = [
  {
    name: "one source guesses a password, as fast as it may",
    rows: range(60).map((at) => fail(NIGHT + at * 1_000, "app", EVIL)),
    rule: "failed-logins",
    least: "medium",
    about: "45.9.148.0/24",
  },
  {
    name: "one source guesses slowly, all day",
    rows: range(200).map((at) => fail(NIGHT + at * 7 * MINUTE, "app", EVIL)),
    rule: "failed-logins",
    least: "medium",
    about: "45.9.148.0/24",
  },
  {
    name: "one source guesses, and gets in",
    rows: [...range(60).map((at) => fail(NIGHT + at * 2_000, "dev1", EVIL)), enter(NIGHT + 3 * MINUTE, "dev1", EVIL)],
    rule: "failed-logins",
    least: "high",
    about: 'got in as "dev1"',
  },
  {
    name: "addresses of one network take turns",
    rows: range(60).map((at) => fail(NIGHT + at * 5_000, "app", `45.9.148.${at}`)),
    rule: "failed-logins",
    least: "medium",
    about: "45.9.148.0/24",
  },
  {
    name: "one source tries one password at many roles",
    rows: range(10).map((at) => fail(NIGHT + at * 20_000, `dev${at}`, EVIL)),
    rule: "password-spraying",
    least: "high",
    about: "45.9.148.0/24",
  },
  {
    name: "the same, one role an hour",
    rows: range(16).map((at) => fail(NIGHT + at * HOUR, `user${at}`, EVIL)),
    rule: "password-spraying",
    least: "high",
    about: "45.9.148.0/24",
  },
  {
    name: "the same, by somebody who has a login and uses it in between",
    rows: range(14).flatMap((at) => [fail(NIGHT + at * HOUR, `user${at}`, EVIL), enter(NIGHT + at * HOUR + MINUTE, "dev1", EVIL)]),
    rule: "password-spraying",
    least: "high",
    about: "45.9.148.0/24",
  },
  {
    name: "many sources, one role",
    rows: range(40).map((at) => fail(NIGHT + at * 10 * MINUTE, "app", getBot(at))),
    rule: "password-spraying",
    least: "high",
    about: 'role "app"',
  },
  {
    name: "many sources, each at another role",
    rows: range(80).map((at) => fail(NIGHT + at * 10 * MINUTE, `user${at}`, getBot(at))),
    rule: "password-spraying",
    least: "high",
    about: "from everywhere",
  },
  {
    name: "guesses behind a flood of refusals that nobody writes down",
    rows: range(30).map((at) => createRefusalCount(NIGHT + at * MINUTE, MINUTE, 5_000)),
    rule: "refusal-flood",
    least: "medium",
    about: "too many to be written",
  },
  {
    name: "the password of the app, used from elsewhere",
    rows: [enter(NOON, "app", EVIL)],
    rule: "new-network",
    least: "medium",
    about: "45.9.148.0/24",
  },
  {
    name: "the same, after three weeks of patience that were to make the network known",
    rows: [...range(4).map((week) => enter((WARM_UP_DAYS + week * 6) * DAY + 3 * HOUR, "app", EVIL)), enter(NOON, "app", EVIL)],
    rule: "new-network",
    least: "medium",
    about: "45.9.148.0/24",
  },
  {
    name: "the same, after a thousand logins within an hour that were to make the network known",
    rows: range(1_000).map((at) => enter(NOON + at * 3_000, "app", EVIL)),
    rule: "new-network",
    least: "medium",
    about: "45.9.148.0/24",
  },
  {
    name: "a developer's password, used at night",
    rows: [enter(NIGHT, "dev2", EVIL)],
    rule: "new-network",
    least: "low",
    about: "45.9.148.0/24",
  },
  {
    name: "a developer's password, used beside the developer for days",
    rows: range(10).flatMap((day) =>
      range(9).map((hour) => enter((WARM_UP_DAYS + 7 + day) * DAY + (8 + hour) * HOUR + 30 * MINUTE, "dev0", EVIL)),
    ),
    rule: "new-network",
    least: "medium",
    about: "45.9.148.0/24",
  },
  {
    name: "a list is opened to everyone for ten minutes",
    rows: [
      createChange(NIGHT, { key: 200, address: OFFICE, project, kind: "project", before: OWN, after: createList([]) }),
      createChange(NIGHT + 10 * MINUTE, { key: 200, address: OFFICE, project, kind: "project", before: createList([]), after: OWN }),
    ],
    rule: "list-opened",
    least: "high",
    about: "open to nearly everyone",
  },
  {
    name: "a list is opened to one address, in two steps, and closed in two",
    rows: [
      ["198.51.100.0/24"],
      ["198.51.100.0/24", EVIL],
      ["198.51.100.0/24", EVIL, OTHER],
      ["198.51.100.0/24", OTHER],
      ["198.51.100.0/24"],
    ].flatMap((ips, at, lists) => {
      const before = createList(lists[at - 1] ?? []);
      return at === 0
        ? []
        : [createChange(NIGHT + at * 10 * MINUTE, { key: 200, address: OFFICE, project, kind: "project", before, after: createList(ips) })];
    }),
    rule: "list-opened",
    least: "medium",
    about: "Project shop",
  },
  {
    name: "an API key is used elsewhere while its owner works",
    rows: [
      createChange(NOON, { key: 200, address: OFFICE, project, kind: "role", before: {}, after: {} }),
      createChange(NOON + 20 * MINUTE, { key: 200, address: EVIL, project, kind: "role", before: {}, after: {} }),
    ],
    rule: "key-in-two-networks",
    least: "high",
    about: "API key 200",
  },
  {
    name: "a role of somebody who left is used again",
    rows: [
      ...range(5).map((day) => enter(day * DAY + 9 * HOUR, "leaver", getHome(project, 9))),
      enter((DAYS - 2) * DAY + 3 * HOUR, "leaver", EVIL),
    ],
    rule: "dormant-role",
    least: "high",
    about: 'Role "leaver"',
  },
  {
    name: "the same, from a network that the role is known by",
    rows: [
      ...range(5).map((day) => enter(day * DAY + 9 * HOUR, "leaver", getEgress(project))),
      enter((DAYS - 2) * DAY + 3 * HOUR, "leaver", getEgress(project)),
    ],
    rule: "dormant-role",
    least: "medium",
    about: 'Role "leaver"',
  },
];
