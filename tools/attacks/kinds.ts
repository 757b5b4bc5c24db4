/** What each kind of attack is, who tries it, and what the plane does about it: docs/threats.md says it in these words. */
export const KINDS = {
  superuser: {
    title: "From a tenant's SQL to the superuser",
    who: "whoever may log in to a branch as the owner of its database",
    defence:
      "The superuser of a cluster is a role that no tenant can be granted, renamed or given anything by; what needs its power in Postgres is refused by Postgres itself, and a tenant's role has none of the predefined roles that reach the machine.",
  },
  machine: {
    title: "From a tenant's SQL to the machine",
    who: "whoever may log in to a branch as the owner of its database",
    defence:
      "No program is run, no file is read or written, no library is loaded and no other server is reached from SQL; only Postgres 16 or newer runs, because before it whoever makes roles could grant itself those powers.",
  },
  traps: {
    title: "What a tenant leaves for the plane to run",
    who: "a tenant who owns databases, schemas and functions in which the plane has work to do",
    defence:
      "The superuser's sessions are in a database that no tenant enters. In a tenant's database the plane is a role without power, made for that one session, with an empty search path; what runs there has nothing to gain.",
  },
  neighbours: {
    title: "Another tenant's rows, roles and passwords",
    who: "a tenant of one organisation, or a role of little power in a branch",
    defence:
      "Each branch is a Postgres of its own on a socket that only its user reaches; a role of one branch is nobody in another, and a role made without rights has none.",
  },
  names: {
    title: "Names that are not a tenant's",
    who: "whoever makes roles and databases, by the API or by SQL",
    defence:
      "Names of Postgres, of Neon, of the pooler and of the plane are refused in every spelling, names with control characters too, and what SQL makes under such a name is not taken over.",
  },
  files: {
    title: "Links planted in the data directories",
    who: "a process with the rights of the user that runs Postgres, that is a tenant who has found a hole in Postgres itself",
    defence:
      "Files are drafted under a random name, made exclusively and given away on the handle; trees are copied and removed with the rights of that user; the plane's own secrets lie outside of what it owns.",
  },
  authority: {
    title: "Calls beyond a key's authority",
    who: "whoever has a key of a project, of another organisation, or of a member who may only look",
    defence:
      "Each call is judged by key, organisation, project and role before its body is; what a caller cannot see is answered like what is not there.",
  },
  paths: {
    title: "Ids and names with tricks in them",
    who: "whoever may make calls",
    defence: "An id of a path is looked up and never joined to a file's name; a name of a role or database is quoted wherever it is used.",
  },
  copies: {
    title: "Copies that carry more than they say",
    who: "whoever may use an unprotected copy of a protected branch, or a copy of the schema alone",
    defence:
      "A copy of the schema is emptied, in every database and whatever flags it has, before anybody can connect; a copy of a protected branch has passwords of its own.",
  },
  ended: {
    title: "Access that has ended",
    who: "whoever had access a moment ago",
    defence: "What is deleted, disabled or revoked is closed by the same commit, and its open sessions are ended.",
  },
  temporary: {
    title: "Access that was to end, or that nobody else approved",
    who: "whoever has temporary access, asks for it or may approve it, and the owner of the database beside them",
    defence:
      "An approval is over all terms, byte for byte, by another key than the requester's under any of its names, and is used once. The role is temporary by a document of its branch, whatever SQL does to it; at its end it is locked out, its sessions are ended, and what it owned goes to a role without power. No copy of the branch has it.",
  },
  directory: {
    title: "A data directory that somebody else has prepared",
    who: "the author of a repository, or another user of the machine",
    defence:
      "A directory of another owner, with links or open modes, or with a key and no store to it, is refused with an error message; the plane's own has a .gitignore.",
  },
  proxy: {
    title: "At the proxy, before and without a password",
    who: "whoever reaches the port",
    defence:
      "The allowlist is asked first; nothing is sent in clear, no packet is longer than Postgres allows, unknown roles answer like known ones, and wrong passwords use up the attempts of their own source and compute.",
  },
  http: {
    title: "At the API, without or with any key",
    who: "whoever reaches the port, or a web page in a browser of the same machine",
    defence:
      "No call is answered without a key in its header, no web page is allowed to read an answer, bodies and headers are bounded, and the names a browser may be led to by DNS are refused.",
  },
  console: {
    title: "At the console",
    who: "a web page in a browser that is signed in, whoever reaches the port, or a tenant with names of their own",
    defence:
      "Forms come from the console's own pages, pages go to no frame and to no page of another origin, a session reads what its key reads and is none of the API, texts of others are text, and wrong keys are limited.",
  },
  secrets: {
    title: "Secrets in logs, answers and settings",
    who: "whoever reads the log, the access log, the audit rows, an error or Postgres' own views",
    defence:
      "Passwords and keys are returned once, by the call that creates them; neither logs, audit rows nor settings of Postgres hold any.",
  },
} as const satisfies Record<string, { title: string; who: string; defence: string }>;

export type KindName = keyof typeof KINDS;

/** What is not defended against. */
export const NOT_DEFENDED = [
  "**Whoever is the same user of the machine, or root.** A process with the rights of the plane reads its data directory, its keys and its memory. Give the plane a user of its own where that matters.",
  "**A hole in Postgres itself.** A tenant who runs code in a Postgres process has that user's files: the data of every branch of the same plane. It does not become root, and it does not learn the plane's own keys.",
  "**One event loop.** API and proxy share one process: a tenant who keeps it busy makes others wait. Bodies, packets and attempts are bounded, the time of others is not reserved.",
  "**The disk, the memory and the processors are shared.** A tenant may fill the disk with rows or keep two cores busy with a query; there is no quota for either.",
  "**The owner of a database is nearly all-powerful in its own branch**, as at Neon: it may read what every role of the branch has written, and end their sessions.",
  "**Only loopback.** The plane listens on addresses of this machine alone, and whoever is on it may try. Traffic of the API is not encrypted there.",
  "**Another server that you open at the console's host name.** Browsers send a cookie to every port of its host, so that server could read what the session reads. It can change nothing, and is sent nothing where the console has a name of its own.",
  "**A data directory with the modes and the owner of your own.** Whoever can write as you can prepare one that looks like yours: do not take one from a repository.",
  "**What a tenant does to itself.** A database may be given settings with which nobody can work in it; the branch stays reachable.",
  "**Windows** is not a platform of the data plane.",
] as const;
