import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import { type Candidate, HOUR_MS, type Rule } from "./finding.js";
import { Habit, Habits } from "./habit.js";
import { getNetwork } from "./networks.js";

const MOST_KEYS = 2_000;

interface KeyState {
  readonly habit: Habit;
  last: { readonly network: string; readonly isUnknown: boolean; readonly at: number; readonly seq: number } | undefined;
}

/** An API key that changes something from two networks within an hour, one of which it is not known by: its text is in somebody else's hands. */
export class KeyNetworks implements Rule {
  private readonly keys = new Habits<KeyState>(MOST_KEYS);

  get size(): number {
    return this.keys.size;
  }

  step(event: AuditEvent): readonly Candidate[] {
    if (event.type !== "change") return [];
    const [at, network, name] = [Date.parse(event.at), getNetwork(event.address), String(event.key_id)];
    const state = this.keys.touch(name, at, () => ({ habit: new Habit(at), last: undefined }));
    const { sight } = state.habit.see(network, at, event.seq);
    const { last } = state;
    const isUnknown = sight === "unknown";
    state.last = { network, isUnknown, at, seq: event.seq };
    if (sight === "changing") {
      const summary = `API key ${name} came from ever new networks in its first week: use in two places at once cannot be judged`;
      return [{ rule: "changing-networks", severity: "low", subject: `key ${name}`, size: 1, evidence: [event.seq], summary }];
    }
    const isElsewhere = last !== undefined && last.network !== network && at - last.at <= HOUR_MS;
    // Whoever comes second: the thief, or the owner after the thief.
    if (!isElsewhere || !(isUnknown || last.isUnknown)) return [];
    return [
      {
        rule: "key-in-two-networks",
        severity: "high",
        subject: `key ${name}`,
        size: 1,
        evidence: [last.seq, event.seq],
        summary: `API key ${name} changed something from ${last.network} and from ${network} within an hour`,
      },
    ];
  }
}
