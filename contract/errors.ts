import { BACKUP_ERRORS } from "./errors/backups.js";
import { COMPONENT_ERRORS } from "./errors/components.js";
import { PLANE_ERRORS } from "./errors/plane.js";
import { REVIEW_ERRORS } from "./errors/review.js";
import { redact } from "./redact.js";

/**
 * The one registry of errors. A code is never reused and never changes its meaning; docs/errors.md lists all of them (tested both ways).
 * `summary` is static, so that searching for the text finds this line; what happened to which object is the detail given where it is thrown;
 * `remedy` says what to do next. `status` is the HTTP status the code stands for, where it stands for one.
 */
export const ERRORS = {
  // Configuration
  PAL_NO_KEY: { summary: "No API key is configured", remedy: "Run `pulumi config set --secret palisade:apiKey <key>` or set NEON_API_KEY" },
  PAL_BAD_API_URL: {
    summary: "The API address cannot be used",
    remedy: "Set palisade:apiUrl to an https:// address (http:// only for this machine), such as https://console.neon.tech/api/v2",
  },
  PAL_BAD_ACCOUNTS: {
    summary: "palisade:accounts cannot be read",
    remedy:
      "Give an object of name -> {apiKey, apiUrl?, orgId?}: `pulumi config set --secret --path 'palisade:accounts[\"name\"].apiKey' <key>`",
  },
  PAL_UNKNOWN_ACCOUNT: {
    summary: "The account is not configured",
    remedy: "Add it to palisade:accounts, or correct `account` of the resource",
  },
  PAL_ORG_NOT_VISIBLE: {
    summary: "The API key cannot see the configured organisation",
    remedy: "Use a key of that organisation, or correct palisade:orgId",
  },
  PAL_ORG_AMBIGUOUS: { summary: "The API key sees several organisations", remedy: "Name one: `pulumi config set palisade:orgId <org-…>`" },

  // The control API
  PAL_UNREACHABLE: {
    summary: "The control API cannot be reached",
    remedy: "Check that it runs and that palisade:apiUrl is right, then run the command again",
  },
  PAL_NOT_THE_API: {
    summary: "The server that answers is not Neon's control API",
    remedy: "Check palisade:apiUrl and any proxy in between; the answer was ignored",
  },
  PAL_KEY_REFUSED: {
    status: 401,
    summary: "The control API refuses the API key",
    remedy:
      "Create a new key and set it: `pulumi config set --secret palisade:apiKey <key>`; a refresh or destroy takes it over with `--run-program`",
  },
  PAL_FORBIDDEN: {
    status: 403,
    summary: "The API key may not do this",
    remedy: "Use a key with the rights the call needs (an organisation key, or a personal key of an administrator)",
  },
  PAL_PLAN_LIMIT: {
    summary: "The plan of the organisation does not allow this",
    remedy: "Choose a plan that has it, or stay within the limit that the message names; another key changes nothing",
  },
  PAL_NOT_FOUND: {
    status: 404,
    summary: "The control API does not know the object",
    remedy: "Run `pulumi refresh` if it was deleted elsewhere, or correct the id",
  },
  PAL_NOT_ADDRESSABLE: {
    summary: "The API has no address for this name, so nothing was sent",
    remedy: "Correct the name or id; a database or role that has it gets another one by SQL (ALTER … RENAME TO), then run `pulumi refresh`",
  },
  PAL_CONFLICT: {
    status: 409,
    summary: "The name is taken",
    remedy:
      'Renamed in the program? Add the option `aliases: [{ name: "<old name>" }]`. Else choose another name, or take the existing object over with `adopt: "<id>"`',
  },
  PAL_REFUSED: { summary: "The control API refuses the change", remedy: "Change what the message names, then run the command again" },
  PAL_BUSY: { status: 423, summary: "The project is busy with other operations", remedy: "Run the command again when they have ended" },
  PAL_RATE_LIMITED: {
    status: 429,
    summary: "The control API limits the rate of calls",
    remedy: "Run the command again later, or split the stack",
  },
  PAL_SERVER_FAILED: {
    status: 500,
    summary: "The control API failed",
    remedy: "Run the command again; if it goes on, report the request id to the API's operator",
  },
  PAL_ANSWER_LOST: {
    summary: "No answer came to a change that must not be sent twice",
    remedy: "Run `pulumi up` again: it looks for what the lost call has made before it makes anything",
  },
  PAL_BAD_ANSWER: {
    summary: "The control API answered in an unknown shape",
    remedy: "Update @palisade/neon; if it is the newest, report the path named here",
  },
  PAL_DEADLINE: { summary: "The operation did not finish in time", remedy: "Run the command again: it continues where it stopped" },
  PAL_OPERATION_FAILED: {
    summary: "An operation of the control API failed",
    remedy: "Look the operation up in the console, then run `pulumi up` again",
  },
  PAL_CANCELLED: { summary: "Cancelled", remedy: "Run the command again: it continues where it stopped" },
  PAL_EMPTY_ALLOWLIST: {
    summary: "An empty allowlist would admit every address",
    remedy: 'Only the word allow: "anywhere" may open a project to everyone; to admit nobody use allow: "nobody"',
  },

  // The lifecycle
  PAL_ORIGIN: {
    summary: "The resource belongs to another control API or organisation",
    remedy: "Select the account it was made in, or remove it from the state with `pulumi state delete`",
  },
  PAL_STATE_NEWER: {
    summary: "The state was written by another release of Palisade, in a shape that this one does not know",
    remedy: "Update @palisade/neon in this program to that release or a newer one; nothing was changed",
  },
  PAL_GONE: { summary: "The object no longer exists", remedy: "Run `pulumi refresh`, then `pulumi up`" },
  PAL_GONE_UNPROVED: {
    summary: "The object is not found, but its deletion is not proved",
    remedy: "Check the key and palisade:apiUrl: the state is kept until the parent can be read",
  },
  PAL_LOCKED: {
    summary: "The field cannot change after creation",
    remedy: "Restore the value, or create a new resource and move the data",
  },
  PAL_BAD_ID: { summary: "The id does not have the form of this resource", remedy: "Give an id as `pulumi stack --show-ids` prints it" },
  PAL_GET_ABSENT: { summary: "The object to read does not exist", remedy: "Correct the id, or remove the resource from the program" },
  PAL_ADOPT_ABSENT: { summary: "The object to adopt does not exist", remedy: "Correct `adopt`, or remove it to create a new object" },
  PAL_ADOPT_DIFFERS: {
    summary: "The object to adopt differs from the program",
    remedy: "Write the live values into the program (or change the object), then run `pulumi up` again; nothing was recorded or changed",
  },
  PAL_ADOPT_FOREIGN: {
    summary: "The object to adopt is managed by somebody else",
    remedy:
      "Remove it there first (`pulumi state delete`), or leave it to that stack. Renamed within one stack? Add the option `aliases`; with palisade:stackId configured (`palisade doctor --fix`) an object of this very stack can be adopted, too",
  },
  PAL_LEFTOVER: {
    summary: "An object made for this resource by an earlier run exists already",
    remedy:
      'Take it over with `adopt: "<id>"`, or delete it; with palisade:stackId configured (`palisade doctor --fix`) a later run takes over what is provably its own',
  },
  PAL_NAME_HELD: {
    summary: "An object of this name exists already, and its owner is unknown",
    remedy:
      'Take it over with `adopt: "<id>"`, or choose another name. Renamed in the program? Add the option `aliases: [{ name: "<old name>" }]`',
  },
  PAL_RENAMED: {
    summary: "The object exists already, and another declaration of this very stack made it",
    remedy:
      "Renamed in the program? Add the option shown here, and nothing is made or removed. Where the old declaration stays, choose another name",
  },
  PAL_STILL_ASKED_FOR: {
    summary: "The object is not removed, because another resource of the program asks for it and was refused",
    remedy: 'Renamed? Add the option `aliases: [{ name: "<old name>" }]`. Meant to go? Run the command again without that other resource',
  },
  PAL_OVERLAP: {
    summary: "The previous password is promised to work for longer",
    remedy: "Rotate after that time, or set keepPreviousSeconds: 0 to end it now",
  },
  PAL_NETWORK_OWNED: {
    summary: "The project's network is declared by a Project resource",
    remedy:
      'Set network.allow to "managedSeparately" there before an IpAllowlist takes it, or name the project in `adopt` to take it on purpose',
  },
  PAL_LAST_ENTRY: {
    summary: "Without this entry the allowlist would be empty and admit every address",
    remedy: 'Declare an IpAllowlist (allow: "nobody" to close the project), then remove the entry',
  },
  PAL_SQL: {
    summary: "Postgres did not run the statements, and nothing was changed",
    remedy: "Correct what it says; `palisade check-connection` tells why a connection fails",
  },
  PAL_NO_PASSWORD: {
    summary: "The control API knows no password of the role, so nothing can connect as it",
    remedy: "Name a grantorName whose password is kept. Where storePasswords is false none is: make the grants by SQL yourself there",
  },
  PAL_ROLE_SUPERUSER: {
    summary: "The role is a superuser or a member of neon_superuser, so grants have no effect on it",
    remedy: "Name a role that Neon's API did not create; one that does not exist yet is created",
  },
  PAL_LAST_RESTRICTION: {
    summary: "Without this restriction the project would admit every VPC endpoint of the organisation",
    remedy:
      'Set privateEndpoints: "blocked" on the project and allowAll: true here, or allowAll: true alone if that is meant; then run the command again',
  },
  PAL_BACKUP_RETENTION: {
    summary: "Backups would be kept for less time, or end",
    remedy: "Set release: true on the BackupSchedule and run `pulumi up`, if that is meant; then lower the retention or destroy it",
  },
  PAL_EXTENSION: {
    summary: "Neon's API has nothing of this kind: it is an extension of the embedded plane",
    remedy:
      "Take it out of stacks of Neon itself, or set palisade:apiUrl to the address that `palisade dev` says; its page in docs/reference says what Neon has",
  },
  PAL_ENDPOINT_REFUSED: {
    summary: "The private endpoint was not accepted, and never will be",
    remedy:
      "Create a new private endpoint in the cloud and name its id: this one's state does not change any more. Destroy the resource with release: true to give its place in the region back",
  },
  PAL_LOCK_OUT: {
    summary: "This may lock everyone out: no private path is known to work",
    remedy:
      "Assign an endpoint for each endpoint service of the region (PrivateEndpoint, waitForAccepted: true) and let it be accepted first, or set acceptLockOut: true if nobody is to get in, or if you know that the path works",
  },
  PAL_PATH_UNPROVED: {
    summary: "It is not proved that a private path leads to the project",
    remedy:
      "Run `palisade attest-path` on a machine inside the network, which reaches the project's host by its private address, and use what it writes within 15 minutes, once",
  },
  PAL_CMK_UNUSABLE: {
    summary: "The project's own key cannot be used",
    remedy:
      "Let the plane use the key again (enable it, give the permission back, cancel its deletion) and run the command again; to destroy without it, set release: true and run `pulumi up` first: what is sealed under it is lost then",
  },
  PAL_ACCESS_UNAPPROVED: {
    summary: "No second person has approved this temporary access",
    remedy:
      "Let somebody whom the plane's operator allows (`palisade dev --approvers`) sign exactly these terms with `palisade approve-access`; an approval is used once",
  },
  PAL_ACCESS_NOT_GRANTED: {
    summary: "Postgres did not give the privileges of the temporary access, and its role has none",
    remedy: "Correct what it says, and have the corrected terms approved",
  },
  PAL_ACCESS_REMAINS: {
    summary: "The temporary access has ended and nobody can log in as its role, but Postgres does not drop it",
    remedy:
      "Hand over or drop by SQL what it owns, take away what it was granted besides (Postgres' words name it), and run the command again",
  },
  PAL_KEY_VAULT: {
    summary: "Azure Key Vault did not do what was asked",
    remedy:
      "Give the identity that runs Pulumi (environment, workload identity, managed identity or az login, in this order) the role Key Vault Crypto Officer at the key, and let it reach the vault; a role may take minutes to arrive",
  },
  PAL_NO_AZURE_SDK: {
    summary: "The packages that speak to Azure Key Vault are not installed",
    remedy: "Run npm install @azure/identity @azure/keyvault-keys in the program's folder",
  },
  PAL_KEY_IN_USE: {
    summary: "This API key is the one the command runs with",
    remedy: "Run the command with another key, such as the new one",
  },
  PAL_PERSONAL_KEY: {
    summary: "Keys of an organisation and of its projects can only be made with a personal API key",
    remedy: "Run the command with the personal key of an administrator, or choose that account with `account`",
  },
  PAL_INVITED: {
    summary: "The invitation is not accepted yet, and the API takes none back",
    remedy: "Withdraw it in the console and run `pulumi state delete`, or wait until the person is a member",
  },
  PAL_NOT_A_MEMBER: {
    summary: "A level can be set for members of the organisation only",
    remedy: "Remove `level`, or declare an OrganizationMember first",
  },
  PAL_OPENS_FAMILY: {
    summary: "Together with what is in the list, the entry would admit every IPv4 or every IPv6 address",
    remedy: 'Only the word allow: "anywhere" of an IpAllowlist or a Project opens a project to everyone: declare it there if that is meant',
  },
  PAL_OPEN_PROJECT: {
    summary: "The project admits every address, so adding an entry would cut off everyone else",
    remedy: "Declare an IpAllowlist with the whole list instead",
  },
  PAL_LOST_UPDATE: {
    summary: "Somebody else writes the same allowlist",
    remedy: "Run the command again when the other writer has ended; two owners of one list are a mistake",
  },

  PAL_LOOKUP: {
    summary: "The look-up does not find exactly one object",
    remedy: "Correct the name, or refer to the object by its id",
  },

  // The program
  PAL_IMPORT_OPTION: {
    summary: "The option `import`, and `pulumi import`, cannot work with these resources",
    remedy: 'Name the object\'s id in `adopt: "<id>"` among the arguments instead; `palisade scan --code` writes whole programs that adopt',
  },
  PAL_BAD_ARGUMENTS: {
    summary: "The arguments of a resource are not an object",
    remedy: "Give them as { field: value, … }: the second argument of the class, whose fields its reference page lists",
  },
  PAL_OPTION_IGNORED: { summary: "The option has no effect on these resources", remedy: "Remove it" },
  PAL_EXPLICIT_PROVIDER: {
    summary:
      "An explicit provider of dynamic resources does not know the stack's configuration, so it would ask another API than the stack",
    remedy: "Take pulumi-nodejs out of `provider` and `providers`; another key or API is chosen with `account`",
  },
  PAL_SECRET_IN_ID: {
    summary: "The input cannot be secret, because it becomes a part of the id, which Pulumi keeps in clear",
    remedy: "Use pulumi.unsecret where it is no secret, or choose another value",
  },
  PAL_NOT_INSTALLED: {
    summary: "The program itself does not have @palisade/neon, and the state requires it from there",
    remedy:
      "Add @palisade/neon to the dependencies in the package.json of the program (a library that brings it is not enough), then install and run the command again",
  },

  // The command and the embedded plane
  PAL_USAGE: { summary: "The command line is wrong", remedy: "Run the command with --help" },
  PAL_STACK: {
    summary: "The stack's configuration cannot be read",
    remedy: "Select a stack (`pulumi stack select`) and give its passphrase, then run the command again",
  },
  PAL_CONNECTION: { summary: "The connection cannot be described", remedy: "Correct what the message names" },
  PAL_NO_ENGINE: {
    summary: "No Pulumi CLI can be found or built",
    remedy: "Install Pulumi 3.216 or newer (https://www.pulumi.com/docs/install), or Go 1.25 or newer so that it can be built",
  },
  PAL_NO_CONTROL: {
    summary: "The policy pack has no control of this name",
    remedy: "Correct it in the configuration: docs/policy.md lists them all",
  },
  PAL_FILE: { summary: "A file or a directory cannot be used", remedy: "Correct the path, or who may use it, and run the command again" },
  PAL_NO_PSQL: {
    summary: "psql is not on PATH",
    remedy:
      "Install Postgres' client programs (Debian, Ubuntu: postgresql-client; Fedora: postgresql; macOS: brew install libpq), or connect with another client: palisade connection-string",
  },
  ...BACKUP_ERRORS,
  ...COMPONENT_ERRORS,
  ...PLANE_ERRORS,
  ...REVIEW_ERRORS,
  PAL_INTERNAL: { summary: "An internal error of Palisade", remedy: "Please report it with the command you ran" },
} as const satisfies Record<string, { summary: string; remedy: string; status?: number }>;

export type ErrorCode = keyof typeof ERRORS;

/** What is known of the API's answer behind an error. */
export interface ApiAnswer {
  status: number;
  /** Neon's own code, often empty. */
  apiCode: string;
  apiMessage: string;
  requestId?: string | undefined;
}

/** Where `util.inspect` looks (Node's documentation: "Custom inspection functions on objects"); of the registry, since this package is pure. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** An error for people: what happened, to what, and what to do. Its message carries no secret and its stack is never shown. */
export class PalisadeError extends Error {
  override readonly name = "PalisadeError";
  /** By this @pulumi/pulumi knows what a program's author is told as a sentence, without a stack (`RunError`). */
  declare readonly __pulumiRunError: true;
  readonly remedy: string;

  /** What it happened to and why, without secrets. */
  readonly detail: string;

  /** @param detail begins where the summary ends, without a full stop */
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly answer?: ApiAnswer,
  ) {
    const { summary, remedy } = ERRORS[code];
    super(redact(`${summary}: ${detail}. ${remedy} [${code}]`));
    this.detail = redact(detail);
    this.remedy = remedy;
    Object.defineProperty(this, "__pulumiRunError", { value: true });
  }

  /**
   * Pulumi prints every error of a program by `util.inspect` before it asks what kind it is, and Node 20 does not come to an end with a stack that
   * leads through `node_modules/@pulumi/output.ts`, as each from within `apply` does: measured, half a minute until the string is too long.
   */
  [INSPECT](): string {
    return `${this.name}: ${this.message}`;
  }
}

export const isPalisadeError = (error: unknown, ...codes: ErrorCode[]): error is PalisadeError =>
  error instanceof PalisadeError && (codes.length === 0 || codes.includes(error.code));

/** The text of any thrown value, safe to show. */
export function formatErrorMessage(error: unknown): string {
  if (error instanceof PalisadeError) return error.message;
  return redact(error instanceof Error ? error.message : String(error));
}
