import * as pulumi from "@pulumi/pulumi";

/**
 * Neon works on one change of a project at a time. Were all resources of a project registered at once, those that wait for their turn would
 * fill the engine's parallel slots, and other projects would wait with them: so here they wait in the program, where waiting costs nothing.
 * A preview, and resources that are only looked at, do not wait.
 */

/** A registration that was answered sooner has changed nothing at Neon. Milliseconds. */
const QUICK_MS = 200;
/** A turn that takes longer is passed on: what has it may wait for one behind it, as when a transform adds `dependsOn`. Milliseconds; ours. */
const LONGEST_SLOT_MS = 10_000;
/** Registered at once before anything is known of a project. */
const FIRST_WIDTH = 2;

/** Registrations of one project, in order. */
class RegistrationQueue {
  private width = FIRST_WIDTH;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  waitForSlot(): Promise<void> {
    return new Promise((start) => {
      this.waiting.push(start);
      this.advance();
    });
  }

  /** @param tookMs undefined: it goes on, and somebody else begins meanwhile */
  release(tookMs: number | undefined): void {
    this.running -= 1;
    if (tookMs !== undefined) this.width = tookMs < QUICK_MS ? this.width * 2 : 1;
    this.advance();
  }

  private advance(): void {
    while (this.running < this.width) {
      const start = this.waiting.shift();
      if (!start) return;
      this.running += 1;
      start();
    }
  }
}

const queues = new Map<string, RegistrationQueue>();

export interface RegistrationSlot {
  /** Resolves when the resource may be registered. */
  readonly begins: Promise<void>;
  /** Binds the slot to a resource: it is released when the resource is registered, or fails to be. */
  readonly bindTo: (resource: pulumi.Resource) => void;
}

/** The turn of a resource that belongs to a project; undefined for others, and where waiting could never end. */
export function reserveSlot(
  args: Readonly<Record<string, unknown>>,
  opts: pulumi.CustomResourceOptions = {},
): RegistrationSlot | undefined {
  const { dependsOn, deletedWith, parent } = opts;
  // What it depends on may itself wait in the line, behind it. Its inputs and its parent are there before it takes a turn.
  if (pulumi.runtime.isDryRun() || !("projectId" in args) || dependsOn !== undefined || deletedWith !== undefined) return undefined;
  let release: (() => void) | undefined;
  const begins = (async () => {
    const [{ projectId }] = await Promise.all([
      resolveOutput<Record<string, unknown>>(pulumi.output(args)),
      parent && resolveOutput(parent.urn),
    ]);
    if (typeof projectId !== "string") return;
    const line = queues.get(projectId) ?? new RegistrationQueue();
    queues.set(projectId, line);
    await line.waitForSlot();
    const started = Date.now();
    const late = setTimeout(() => {
      release = undefined;
      line.release(undefined);
    }, LONGEST_SLOT_MS);
    release = () => {
      clearTimeout(late);
      line.release(Date.now() - started);
    };
  })();
  // An input that failed fails the registration by itself.
  begins.catch(() => undefined);
  const isOf = (resource: pulumi.Resource) => {
    const end = () => release?.();
    resolveOutput(resource.urn).then(end, end);
  };
  return { begins, bindTo: isOf };
}

/** The value of an output, also when it is not known. */
const resolveOutput = <T>(output: unknown): Promise<T> => (output as { promise(withUnknowns: boolean): Promise<T> }).promise(true);
