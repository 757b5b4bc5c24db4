import type { AuditTrail } from "../auditTrail.js";
import type { Stream } from "../chain.js";
import type { AuditSource } from "./auditSource.js";

type Listener = (org: Stream, latestSeq: number) => void;

/** The audit as exports read it. What they are given is on the disk: after a power cut no sink has rows that the plane does not. */
export function createStoredSource(audit: AuditTrail): AuditSource {
  const listeners = new Set<Listener>();
  let unflushed = true;
  audit.watch((streams) => {
    unflushed = true;
    if (listeners.size === 0) return;
    for (const stream of streams) {
      const latest = audit.readLatestSeq(stream);
      for (const listener of listeners) listener(stream, latest);
    }
  });
  return {
    readFrom(org, seq, maxBytes) {
      if (unflushed) audit.flushToDisk();
      unflushed = false;
      return Promise.resolve(audit.readEvents(org, seq - 1, undefined, maxBytes));
    },
    readLatestSeq: (org) => Promise.resolve(audit.readLatestSeq(org)),
    onAppended(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
