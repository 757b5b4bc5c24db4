import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { type OwnershipTag, createResourceDefiner } from "../../provider/engine/define.js";
import { Declarations } from "../../provider/engine/declarations.js";
import { type Hooks, createHooks } from "../../provider/engine/hooks.js";
import type { Origin, Session } from "../../provider/engine/session.js";

/** A server of widgets in memory, with one field of every kind that the vocabulary knows: what the engine does is seen without Neon. */
export interface Widget {
  id: string;
  name: string;
  size: number;
  tags: string[];
  note?: string | undefined;
  zone: string;
  shelf: string;
  pin: string;
  guard: { open: boolean; code?: string | undefined };
  mark?: OwnershipTag | undefined;
}

export class WidgetServer {
  readonly widgets = new Map<string, Widget>();
  readonly calls: string[] = [];
  /** Thrown by the next call of this name. */
  readonly faults = new Map<string, Error>();
  /** The next create happens and its answer is lost, or is lost before it happens. */
  lose: "before" | "after" | undefined;
  parentReadable = true;
  private made = 0;

  call(name: string): void {
    this.calls.push(name);
    const fault = this.faults.get(name);
    this.faults.delete(name);
    if (fault) throw fault;
  }

  add(widget: Partial<Widget>): Widget {
    const id = `w-${++this.made}`;
    const made = { id, name: "given", size: 1, tags: [], zone: "a", shelf: "s", pin: "p", guard: { open: false }, ...widget };
    this.widgets.set(id, made);
    return made;
  }
}

const SILENT = { silent: "a widget" };

const inputs = z.object({
  name: z.string().min(1, "must not be empty").meta({ description: "Name.", review: SILENT }),
  size: z.number().int().max(100, "must be at most 100").default(1).meta({ description: "Size.", review: SILENT }),
  tags: z
    .array(z.string().meta({ description: "Tag.", canonical: (tag: string) => tag.toLowerCase() }))
    .optional()
    .meta({ description: "Tags.", unordered: true, review: SILENT }),
  note: z.string().optional().meta({ description: "Note.", whenOmitted: "cleared", review: SILENT }),
  zone: z.string().meta({ description: "Zone.", onChange: "locked", review: SILENT }),
  shelf: z.string().default("s").meta({ description: "Shelf.", onChange: "replace", review: SILENT }),
  pin: z.string().meta({ description: "PIN.", secret: true, review: SILENT }),
  guard: z
    .strictObject({
      open: z.boolean().meta({ description: "Whether it is open." }),
      code: z.string().optional().meta({ description: "Code.", secret: true }),
    })
    .optional()
    .meta({ description: "Guard.", review: SILENT }),
});

const outputs = z.object({
  address: z.string().meta({ description: "Address." }),
  receipt: z.string().meta({ description: "Told once.", onlyAtCreate: true, secret: true }),
});

export const RECEIPT = "receipt-7f3a9c";

export const widget = createResourceDefiner<WidgetServer>()({
  kind: "Widget",
  doc: "A widget.",
  inputs,
  outputs,
  review: {
    onDelete: () => ({
      rule: "widget-gone",
      severity: "low",
      direction: "neutral",
      message: "The widget is gone.",
      remedy: "No action needed.",
    }),
  },
  rules: [
    {
      needs: ["size", "name"],
      property: "size",
      holds: (b, before) => !(b["name"] === "small" && (b["size"] as number) > 10 && before["name"] !== "big"),
      message: "a small widget has at most size 10",
    },
  ],
  id: "{widgetId}",
  declares: "its object",
  follows: { create: [], remove: [] },
  observe(server, { widgetId }) {
    server.call("observe");
    const found = server.widgets.get(widgetId);
    if (!found) return Promise.resolve(undefined);
    const { id, mark, ...fields } = structuredClone(found);
    return Promise.resolve({ inputs: fields, outputs: { address: `address of ${id}` }, ownershipTag: mark });
  },
  proveGone(server) {
    server.call("proveGone");
    if (!server.parentReadable) throw new PalisadeError("PAL_GONE_UNPROVED", "the shop is closed");
    return Promise.resolve();
  },
  find(server) {
    server.call("find");
    return Promise.resolve(
      [...server.widgets.values()].flatMap(({ id, mark }) => (mark ? [{ id: { widgetId: id }, ownershipTag: mark }] : [])),
    );
  },
  create(server, { name, size, tags = [], note, zone, shelf, pin }, mark) {
    server.call("create");
    const lose = server.lose;
    server.lose = undefined;
    // Born closed: the guard is synchronised afterwards.
    const made = lose === "before" ? undefined : server.add({ name, size, tags, note, zone, shelf, pin, mark });
    if (lose || !made) throw new PalisadeError("PAL_ANSWER_LOST", "POST /widgets");
    const settle = () =>
      new Promise<void>((done) => {
        server.call("settle");
        done();
      });
    return Promise.resolve({ id: { widgetId: made.id }, createOnlyOutputs: { receipt: RECEIPT }, settle });
  },
  update(server, { widgetId }, wanted, changed) {
    server.call(`update ${[...changed].sort().join()}`);
    const found = server.widgets.get(widgetId);
    if (!found) throw new PalisadeError("PAL_NOT_FOUND", widgetId);
    for (const name of ["name", "size", "tags", "note", "pin", "guard"] as const)
      if (changed.has(name)) Object.assign(found, { [name]: wanted[name] });
    return Promise.resolve(undefined);
  },
  remove(server, { widgetId }) {
    server.call("remove");
    if (!server.widgets.delete(widgetId)) throw new PalisadeError("PAL_NOT_FOUND", widgetId);
    return Promise.resolve();
  },
});

export const ORIGIN: Origin = { host: "api.test", accountId: "org-test-1" };
export const PROVIDER_TEXT = "exports.handler=()=>1";
export const URN = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/palisade:Widget::w";

/** Hooks as one process of the engine sees them: a new call is a new process. */
export function processOf(server: WidgetServer, { origin = ORIGIN, stackId }: { origin?: Origin; stackId?: string } = {}): Hooks {
  const session: Session<WidgetServer> = {
    runRemoval: (remove) => remove(),
    ctx: server,
    updateCtx: server,
    refreshCtx: server,
    initialCtx: server,
    stackId,
    configured: { host: origin.host },
    getOrigin: () => Promise.resolve(origin),
  };
  return createHooks(widget, () => Promise.resolve(session), new Declarations());
}

/** What a program gives, as the SDK completes it. */
export const args = (given: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: "one",
  zone: "a",
  pin: "1234-planted",
  managedBy: URN,
  __provider: PROVIDER_TEXT,
  ...given,
});
