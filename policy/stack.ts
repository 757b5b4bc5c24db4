import { catalogue, type Kind, UNKNOWN } from "../provider/introspection.js";
import { CannotJudgeError, type Subject } from "./subject.js";

/** Resources of one project, and whether there may be more of them. The same object for the same question. */
export interface ProjectMembers {
  readonly known: readonly Subject[];
  readonly isIncomplete: boolean;
}

/** All resources of a stack, and which of them belong to the same project. */
export class Stack {
  readonly #byUrn: ReadonlyMap<string, Subject>;
  /** One word for a project: its id where some resource tells it, else its URN. */
  readonly #projects: ReadonlyMap<Subject, string | undefined>;
  readonly #members = new Map<string, Subject[]>();
  /** Kinds of which one belongs to a project that is not known yet. */
  readonly #unplaced = new Set<Kind>();
  readonly #answers = new Map<string, ProjectMembers>();

  constructor(subjects: readonly Subject[]) {
    this.#byUrn = new Map(subjects.map((subject) => [subject.urn, subject]));
    const origins = new Map(subjects.map((subject) => [subject, this.#findOrigin(subject)]));
    const ids = new Map<string, string>();
    for (const [subject, origin] of origins) {
      const id = findProjectId(subject);
      // Two ids for one project: one of them is made up, so neither is taken.
      if (id !== undefined && origin !== undefined) ids.set(origin, [undefined, id].includes(ids.get(origin)) ? id : origin);
    }
    this.#projects = new Map(
      [...origins].map(([subject, origin]) => [
        subject,
        findProjectId(subject) ?? (origin === undefined ? undefined : (ids.get(origin) ?? origin)),
      ]),
    );
    for (const [subject, project] of this.#projects) {
      if (project !== undefined) {
        const members = this.#members.get(project);
        if (members) members.push(subject);
        else this.#members.set(project, [subject]);
      } else if (subject.kind !== undefined && "projectId" in catalogue[subject.kind].inputs.shape) this.#unplaced.add(subject.kind);
    }
  }

  /** Resources of these kinds in the project of `subject`. Throws CannotJudgeError when not all of them can be determined. */
  listInProject(subject: Subject, ...kinds: readonly Kind[]): readonly Subject[] {
    const { known: sure, isIncomplete: unsure } = this.findInProject(subject, ...kinds);
    if (unsure) throw createUnclearProjectError();
    return sure;
  }

  /** As `listInProject`, for checks to which one known resource may be enough. */
  findInProject(subject: Subject, ...kinds: readonly Kind[]): ProjectMembers {
    const project = this.#projects.get(subject);
    if (project === undefined) throw createUnclearProjectError();
    const question = [project, ...kinds].join(" ");
    const answer = this.#answers.get(question) ?? {
      known: (this.#members.get(project) ?? []).filter(({ kind }) => kind !== undefined && kinds.includes(kind)),
      isIncomplete: kinds.some((kind) => this.#unplaced.has(kind)),
    };
    this.#answers.set(question, answer);
    return answer;
  }

  /** What a property comes from, whoever owns it. */
  listSources({ origins }: Subject, property: string): readonly Subject[] {
    return (origins[property] ?? []).flatMap((urn) => this.#byUrn.get(urn) ?? []);
  }

  /** Resources of a kind whose project is known only after the update, whatever it is made from. The same object for the same question. */
  listWithUnknownProject(kind: Kind): readonly Subject[] {
    const question = `unknown ${kind}`;
    const answer = this.#answers.get(question) ?? {
      known: [...this.#projects.keys()].filter((subject) => subject.kind === kind && subject.inputs["projectId"] === UNKNOWN),
      isIncomplete: false,
    };
    this.#answers.set(question, answer);
    return answer.known;
  }

  /** All of a kind, whatever project they belong to. The same list for the same question. */
  listKind(kind: Kind): readonly Subject[] {
    const question = `kind ${kind}`;
    const answer = this.#answers.get(question) ?? {
      known: [...this.#projects.keys()].filter((one) => one.kind === kind),
      isIncomplete: false,
    };
    this.#answers.set(question, answer);
    return answer.known;
  }

  /** The URN of the one project that its id comes from, also by way of another resource's `projectId`. */
  #findOrigin(subject: Subject): string | undefined {
    if (subject.kind === "Project") return subject.urn;
    const [origin, ...others] = this.#collectOrigins(subject, new Set());
    return others.length === 0 ? origin : undefined;
  }

  #collectOrigins(subject: Subject, seen: Set<Subject>): Set<string> {
    if (seen.has(subject)) return new Set();
    seen.add(subject);
    const origins = (subject.origins["projectId"] ?? []).flatMap((urn) => this.#byUrn.get(urn) ?? []);
    return new Set(origins.flatMap((origin) => (origin.kind === "Project" ? [origin.urn] : [...this.#collectOrigins(origin, seen)])));
  }
}

function findProjectId({ kind, inputs }: Subject): string | undefined {
  const id = inputs[kind === "Project" ? "adopt" : "projectId"];
  return typeof id === "string" && id !== UNKNOWN ? id : undefined;
}

export const createUnclearProjectError = () => new CannotJudgeError("which project it belongs to is known only after the update");
