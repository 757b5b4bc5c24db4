import { createRandom } from "../reachability/random.js";
import { createChange, createList, createLogin, DAY, type Draft, HOUR, type Login, MINUTE } from "./rows.js";

/** Two weeks to learn from, and the month that is judged. */
export const WARM_UP_DAYS = 14;
export const DAYS = WARM_UP_DAYS + 31;

export const TEAMS = ["shop", "billing", "search"] as const;
const DEVELOPERS = 4;
export const OFFICE = "198.51.100.7";
const WRONG = "password-failed";

/** Chances, in thousandths. */
const CHANCE = { typo: 50, hotspot: 10, newProvider: 50, trip: 50, newEgress: 20, badDeployment: 100, wrongEntry: 30, homeDay: 400 };

type Random = (below: number) => number;
const happens = (random: Random, thousandths: number): boolean => random(1_000) < thousandths;
const isWeekday = (day: number): boolean => day % 7 < 5;

/** Where the app of a team comes from, as the attacks know it, too. */
export const getEgress = (team: string): string => `203.0.${TEAMS.indexOf(team as (typeof TEAMS)[number]) + 113}.10`;
export const getHome = (team: string, developer: number): string =>
  `81.${TEAMS.indexOf(team as (typeof TEAMS)[number]) + 10}.${developer}.20`;
const drawNetwork = (random: Random, first: number): string => `${first}.${random(256)}.${random(256)}.${random(254) + 1}`;

/**
 * Six weeks and a half of an organisation as they usually are: apps that connect day and night and are deployed, people at home, in the office, on
 * the way and on holiday, passwords that are mistyped and rotated, CI that comes from somewhere else each time, jobs of the week and of the month,
 * lists that are edited. The same seed gives the same rows.
 */
export function generateNormalMonth(seed: number): Draft[] {
  const random = createRandom(seed);
  return TEAMS.flatMap((team, at) => [
    ...generateApp(random, team),
    ...generateCi(random, team, 100 + at),
    ...range(DEVELOPERS).flatMap((developer) => generateDeveloper(random, team, developer)),
    ...generateJobs(random, team),
    ...generateAdministration(random, team, 200 + at),
    ...generateScans(random, team),
  ]);
}

function generateApp(random: Random, team: string): Draft[] {
  const role = "app";
  const moveAt = happens(random, CHANCE.newEgress) ? (WARM_UP_DAYS + random(28)) * DAY : Infinity;
  const moved = drawNetwork(random, 52);
  const drafts: Draft[] = [];
  const log = (at: number, reason?: string) => {
    // Both are in use while the old one is drained.
    const address = at > moveAt + HOUR || (at > moveAt && random(2) === 0) ? moved : getEgress(team);
    drafts.push(createLogin(at, { project: team, role, address, ...(reason !== undefined && { reason }) }));
  };
  for (let at = random(20 * MINUTE); at < DAYS * DAY; at += 5 * MINUTE + random(30 * MINUTE)) log(at);
  for (const day of range(DAYS).filter(isWeekday)) {
    if (random(2) === 0) continue;
    const at = day * DAY + 9 * HOUR + random(8 * HOUR);
    const isBad = happens(random, CHANCE.badDeployment);
    // A deployment with a stale secret: its instances try again until it is taken back.
    for (const attempt of range(isBad ? 12 : 0)) log(at + attempt * 20_000, WRONG);
    for (const instance of range(10 + random(40))) log(at + 10 * MINUTE + instance * 3_000);
  }
  // The password is rotated: some connections of the old one come too late.
  for (let day = random(7); day < DAYS; day += 7) {
    const at = day * DAY + 10 * HOUR + random(HOUR);
    for (const attempt of range(2 + random(7))) log(at + attempt * 5_000, WRONG);
  }
  return drafts;
}

function generateCi(random: Random, team: string, key: number): Draft[] {
  const drafts: Draft[] = [];
  for (const day of range(DAYS)) {
    const runs = isWeekday(day) ? 10 + random(20) : random(3);
    for (const run of range(runs)) {
      const at = day * DAY + 7 * HOUR + random(12 * HOUR);
      const address = drawNetwork(random, 20);
      // On the day of a rotation the first run still has the old password.
      if (run === 0 && day % 7 === 2)
        for (const attempt of range(3))
          drafts.push(createLogin(at - (3 - attempt) * 10_000, { project: team, role: "ci", address, reason: WRONG }));
      for (const step of range(3)) drafts.push(createLogin(at + step * MINUTE, { project: team, role: "ci", address }));
      if (random(3) === 0) drafts.push(createChange(at + 5 * MINUTE, { key, address, project: team, kind: "branch", after: {} }));
    }
  }
  return drafts;
}

function generateDeveloper(random: Random, team: string, developer: number): Draft[] {
  const role = `dev${developer}`;
  const holiday = random(DAYS * 2);
  const moveDay = happens(random, CHANCE.newProvider) ? WARM_UP_DAYS + random(28) : Infinity;
  const tripDay = happens(random, CHANCE.trip) ? WARM_UP_DAYS + random(25) : Infinity;
  const [newHome, hotel] = [drawNetwork(random, 91), drawNetwork(random, 92)];
  const drafts: Draft[] = [];
  for (const day of range(DAYS).filter(isWeekday)) {
    if (day >= holiday && day < holiday + 10) continue;
    const isAway = day >= tripDay && day < tripDay + 3;
    const home = day >= moveDay ? newHome : getHome(team, developer);
    const place = isAway ? hotel : happens(random, CHANCE.homeDay) ? home : OFFICE;
    for (const _ of range(4 + random(9))) {
      const at = day * DAY + 8 * HOUR + random(10 * HOUR);
      const address = happens(random, CHANCE.hotspot) ? drawNetwork(random, 93) : place;
      const login: Login = { project: team, role, address };
      const typos = happens(random, CHANCE.typo) ? 1 + random(3) : 0;
      for (const typo of range(typos)) drafts.push(createLogin(at - (typo + 1) * 8_000, { ...login, reason: WRONG }));
      drafts.push(createLogin(at, login));
    }
  }
  return drafts;
}

/** A report each Monday, and the closing of the month. */
function generateJobs(random: Random, team: string): Draft[] {
  const weekly = range(DAYS)
    .filter((day) => day % 7 === 0)
    .map((day) => createLogin(day * DAY + 6 * HOUR + random(10 * MINUTE), { project: team, role: "report", address: getEgress(team) }));
  const monthly = [1, 32].map((day) => createLogin(day * DAY + 2 * HOUR, { project: team, role: "closing", address: getEgress(team) }));
  return [...weekly, ...monthly];
}

/** Somebody of the platform edits lists, from the office and from home; seldom with a slip that is corrected at once. */
function generateAdministration(random: Random, team: string, key: number): Draft[] {
  const drafts: Draft[] = [];
  let list = ["198.51.100.0/24"];
  const edit = (at: number, next: string[], address: string) => {
    drafts.push(createChange(at, { key, address, project: team, kind: "project", before: createList(list), after: createList(next) }));
    list = next;
  };
  for (const day of range(DAYS).filter(isWeekday)) {
    const address = happens(random, CHANCE.homeDay) ? getHome(team, 0) : OFFICE;
    const at = day * DAY + 9 * HOUR + random(7 * HOUR);
    if (random(3) === 0) drafts.push(createChange(at, { key, address, project: team, kind: "role", before: {}, after: {} }));
    if (random(10) > 0) continue;
    const entry = drawNetwork(random, 62);
    if (happens(random, CHANCE.wrongEntry)) {
      const before = list;
      edit(at, [...before, drawNetwork(random, 63)], address);
      edit(at + 4 * MINUTE, [...before, entry], address);
    } else edit(at, [...list, entry], address);
    // For a guest: for an afternoon.
    if (random(4) === 0) edit(at + 4 * HOUR, list.slice(0, -1), address);
  }
  return drafts;
}

/** What the internet tries at any host. */
function generateScans(random: Random, project: string): Draft[] {
  return range(DAYS * 20).map(() => {
    const login = { project, role: "postgres", address: drawNetwork(random, 185), reason: "ip-address-not-allowed" };
    return createLogin(random(DAYS * DAY), login);
  });
}

export const range = (length: number): number[] => Array.from({ length }, (_, at) => at);
