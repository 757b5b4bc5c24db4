import type { AuditEvent, ConnectionEvent } from "@palisade/neon/contract/wire/auditEvent";
import { type Candidate, clipName, DAY_MS, quoteName, type Rule } from "./finding.js";
import { Habit, Habits, type Sight } from "./habit.js";
import { getSource } from "./networks.js";

/** Without a login for so long a role is dormant. */
const DORMANT_MS = 30 * DAY_MS;
/** What runs once a month rests so long, and comes from where it always does. */
const MONTHLY_MS = 35 * DAY_MS;
const MOST_ROLES = 2_000;

interface RoleState {
  readonly habit: Habit;
  lastAt: number;
}

/**
 * Who logs in, and from where: a network that was never seen for a role (low, because people travel; medium where the role goes on being used from
 * a known one, which nobody does who moved), and a role that was dormant for 30 days. Admitted logins alone count.
 */
export class RoleHabits implements Rule {
  private readonly roles = new Habits<RoleState>(MOST_ROLES);

  get size(): number {
    return this.roles.size;
  }

  step(event: AuditEvent): readonly Candidate[] {
    if (event.type !== "connection" || event.action !== "connect" || event.decision !== "admitted") return [];
    const at = Date.parse(event.at);
    // Of the project and not of a branch: a new branch has the roles of its parent, and their habits.
    const name = `${event.project_id ?? ""}/${clipName(event.role)}`;
    const state = this.roles.touch(name, at, () => ({ habit: new Habit(at), lastAt: at }));
    const restMs = at - state.lastAt;
    state.lastAt = at;
    const sight = state.habit.see(getSource(event), at, event.seq);
    return [...judgeRest(event, name, restMs, sight), ...judgeSight(event, name, sight)];
  }
}

function judgeRest(event: ConnectionEvent, name: string, restMs: number, { sight }: Sight): readonly Candidate[] {
  if (restMs < DORMANT_MS) return [];
  const days = Math.floor(restMs / DAY_MS);
  const from = `${getSource(event)}${sight === "unknown" ? ", a network that it never came from" : ""}`;
  return [
    {
      rule: "dormant-role",
      severity: sight === "unknown" ? "high" : restMs < MONTHLY_MS ? "low" : "medium",
      subject: name,
      size: 1,
      evidence: [event.seq],
      summary: `Role ${quoteName(event.role)} logs in after ${days} days from ${from}`,
      ...getPlace(event),
    },
  ];
}

function judgeSight(event: ConnectionEvent, name: string, sight: Sight): readonly Candidate[] {
  const role = quoteName(event.role);
  switch (sight.sight) {
    case "known":
    case "learning":
      return [];
    case "changing": {
      const summary = `Role ${role} came from ${sight.networks} networks in its first week: whether one is new cannot be judged`;
      return [{ rule: "changing-networks", severity: "low", subject: name, size: 1, evidence: [event.seq], summary, ...getPlace(event) }];
    }
    case "unknown": {
      // Told once; what it may become more of is told as that.
      if (!sight.isFirst) return [];
      const summary = `Role ${role} logs in from ${sight.network}, a network that it never came from`;
      const subject = `${name} from ${sight.network}`;
      return [{ rule: "new-network", severity: "low", subject, size: 1, evidence: sight.evidence, summary, ...getPlace(event) }];
    }
    case "overlap": {
      const summary = `Role ${role} is used from ${sight.network}, a network that it never came from, and from a known one within the same hour`;
      const subject = `${name} beside ${sight.network}`;
      return [{ rule: "new-network", severity: "medium", subject, size: 1, evidence: sight.evidence, summary, ...getPlace(event) }];
    }
  }
}

const getPlace = ({ project_id, branch_id, role }: ConnectionEvent): Partial<Pick<Candidate, "project_id" | "branch_id" | "role">> => ({
  ...(project_id !== undefined && { project_id }),
  ...(branch_id !== undefined && { branch_id }),
  ...(role !== undefined && { role: clipName(role) }),
});
