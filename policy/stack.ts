import { catalogue, type Kind } from "../provider/resources/index.js";
import { UNKNOWN } from "../provider/resources/settled.js";
import { CannotJudge, type Subject } from "./control.js";

/** Resources of one project, and whether there may be more of them. The same object for the same question. */
export interface Placed {
  readonly sure: readonly Subject[];
  readonly unsure: boolean;
}

/** All resources of a stack, and which of them belong to the same project. */
export class Stack {
  readonly #byUrn: ReadonlyMap<string, Subject>;
  /** One word for a project: its id where some resource tells it, else its URN. */
  readonly #projects: ReadonlyMap<Subject, string | undefined>;
  readonly #members = new Map<string, Subject[]>();
  /** Kinds of which one belongs to a project that is not known yet. */
  readonly #unplaced = new Set<Kind>();
  readonly #answers = new Map<string, Placed>();

  constructor(subjects: readonly Subject[]) {
    this.#byUrn = new Map(subjects.map((subject) => [subject.urn, subject]));
    const origins = new Map(subjects.map((subject) => [subject, this.#originOf(subject)]));
    const ids = new Map<string, string>();
    for (const [subject, origin] of origins) {
      const id = idOf(subject);
      // Two ids for one project: one of them is made up, so neither is taken.
      if (id !== undefined && origin !== undefined) ids.set(origin, [undefined, id].includes(ids.get(origin)) ? id : origin);
    }
    this.#projects = new Map(
      [...origins].map(([subject, origin]) => [subject, idOf(subject) ?? (origin === undefined ? undefined : (ids.get(origin) ?? origin))]),
    );
    for (const [subject, project] of this.#projects) {
      if (project !== undefined) {
        const members = this.#members.get(project);
        if (members) members.push(subject);
        else this.#members.set(project, [subject]);
      } else if (subject.kind !== undefined && "projectId" in catalogue[subject.kind].inputs.shape) this.#unplaced.add(subject.kind);
    }
  }

  /** Resources of these kinds in the project of `subject`. Throws CannotJudge when it cannot be told of all. */
  ofSameProject(subject: Subject, ...kinds: readonly Kind[]): readonly Subject[] {
    const { sure, unsure } = this.inProjectOf(subject, ...kinds);
    if (unsure) throw unclearProject();
    return sure;
  }

  /** As `ofSameProject`, for checks to which one that is sure may be enough. */
  inProjectOf(subject: Subject, ...kinds: readonly Kind[]): Placed {
    const project = this.#projects.get(subject);
    if (project === undefined) throw unclearProject();
    const question = [project, ...kinds].join(" ");
    const answer = this.#answers.get(question) ?? {
      sure: (this.#members.get(project) ?? []).filter(({ kind }) => kind !== undefined && kinds.includes(kind)),
      unsure: kinds.some((kind) => this.#unplaced.has(kind)),
    };
    this.#answers.set(question, answer);
    return answer;
  }

  /** What a property comes from, whoever owns it. */
  sourcesOf({ origins }: Subject, property: string): readonly Subject[] {
    return (origins[property] ?? []).flatMap((urn) => this.#byUrn.get(urn) ?? []);
  }

  /** Resources of a kind whose project is known only after the update, whatever it is made from. The same object for the same question. */
  withUnknownProject(kind: Kind): readonly Subject[] {
    const question = `unknown ${kind}`;
    const answer = this.#answers.get(question) ?? {
      sure: [...this.#projects.keys()].filter((subject) => subject.kind === kind && subject.inputs["projectId"] === UNKNOWN),
      unsure: false,
    };
    this.#answers.set(question, answer);
    return answer.sure;
  }

  /** The URN of the one project that its id comes from, also by way of another resource's `projectId`. */
  #originOf(subject: Subject): string | undefined {
    if (subject.kind === "Project") return subject.urn;
    const [origin, ...others] = this.#originsOf(subject, new Set());
    return others.length === 0 ? origin : undefined;
  }

  #originsOf(subject: Subject, seen: Set<Subject>): Set<string> {
    if (seen.has(subject)) return new Set();
    seen.add(subject);
    const origins = (subject.origins["projectId"] ?? []).flatMap((urn) => this.#byUrn.get(urn) ?? []);
    return new Set(origins.flatMap((origin) => (origin.kind === "Project" ? [origin.urn] : [...this.#originsOf(origin, seen)])));
  }
}

function idOf({ kind, inputs }: Subject): string | undefined {
  const id = inputs[kind === "Project" ? "adopt" : "projectId"];
  return typeof id === "string" && id !== UNKNOWN ? id : undefined;
}

export const unclearProject = () => new CannotJudge("which project it belongs to is known only after the update");
