import { DAY_SECONDS } from "../../../contract/durations.js";
import type { Outcome, PostureControl } from "../control.js";
import type { PostureFacts } from "../facts.js";
import { fromKeyRule, fromProjectRule, judgeRead, KEYS_UNREAD, toOutcome } from "./outcomes.js";
import { toProjectRef } from "../../scan/inventory.js";

/** More people than this with all power are not few. Ours. */
const MOST_ADMINISTRATORS = 5;
/** An invitation that nobody has taken for so long is to an address that nobody reads. Ours. */
const OPEN_INVITATION_DAYS = 14;

/** Who holds keys and privileges. */
export const accessControls: readonly PostureControl[] = [
  {
    id: "too-many-administrators",
    says: "More people administer the organisation than are few.",
    severity: "low",
    soc2: ["CC6.3"],
    iso27001: ["A.8.2"],
    privacy: "authorisation",
    requires: `At most ${MOST_ADMINISTRATORS} people administer the organisation.`,
    why: "An administrator opens and deletes every project.",
    remedy: "Give the others a lower role (OrganizationMember), or share single projects.",
    promises: [12],
    policies: ["no-administrators-by-program"],
    asks: ["people"],
    check: ({ members, inventory: { organization } }) =>
      judgeRead(organization, members, (all) => {
        const count = all.filter(({ member }) => member.role === "admin").length;
        return [toOutcome(organization, count > MOST_ADMINISTRATORS ? `${count} administrators` : undefined)];
      }),
  },
  {
    id: "administrator-without-mfa",
    says: "An administrator logs in without a second factor.",
    severity: "high",
    soc2: ["CC6.1", "CC6.3"],
    iso27001: ["A.8.2", "A.8.5"],
    privacy: "credentials",
    requires: "Each administrator logs in with a second factor.",
    why: "A leaked password of an administrator is every database.",
    remedy: "Have the person turn on the second factor, or take the role away until then.",
    promises: [12],
    policies: [],
    asks: ["people"],
    check: ({ members, inventory: { organization }, isNeon }) =>
      judgeRead(organization, members, (all) =>
        all
          .filter(({ member }) => member.role === "admin")
          .flatMap(({ member, user }): Outcome[] => {
            const resource = { kind: "organizationMember", id: `${organization.id}/${member.id}`, name: user.email };
            if (user.has_mfa !== undefined) return [toOutcome(resource, user.has_mfa ? undefined : "no second factor")];
            // Nobody logs in to an embedded plane, which has keys alone.
            return isNeon ? [{ resource, state: "notKnown", reason: "the API does not say" }] : [];
          }),
      ),
  },
  {
    id: "invitation-left-open",
    says: "An invitation has been open for too long.",
    severity: "low",
    soc2: ["CC6.2"],
    iso27001: ["A.5.18"],
    privacy: "registration",
    requires: `No invitation is open for longer than ${OPEN_INVITATION_DAYS} days.`,
    why: "Whoever gets the address later gets the access with it.",
    remedy: "Ask the person to accept; Neon's API takes no invitation back, its console does.",
    promises: [12, 14],
    policies: [],
    asks: ["people"],
    check: ({ invitations, inventory: { organization }, nowMs }) =>
      judgeRead(organization, invitations, (all) =>
        all.map(({ id, email, invited_at: at }) => {
          const resource = { kind: "invitation", id: `${organization.id}/${id}`, name: email };
          const days = (nowMs - Date.parse(at)) / (DAY_SECONDS * 1_000);
          return toOutcome(resource, days > OPEN_INVITATION_DAYS ? `open since ${at.slice(0, 10)}` : undefined);
        }),
      ),
  },
  {
    id: "key-for-many-projects",
    says: "A key of the organisation opens every project.",
    severity: "medium",
    soc2: ["CC6.1", "CC6.3"],
    iso27001: ["A.5.15", "A.8.2"],
    privacy: "authorisation",
    requires: "Each key of the organisation opens one project.",
    why: "A key of the organisation is an administrator without a second factor.",
    remedy: 'Make keys with scope: "project" (ApiKey), move the users, revoke the old key.',
    promises: [12],
    policies: ["key-for-one-project"],
    asks: ["keys"],
    check: judgeKeyScopes,
  },
  {
    ...fromKeyRule("key-older-than-a-year"),
    soc2: ["CC6.1"],
    iso27001: ["A.5.17"],
    privacy: "credentials",
    requires: "No API key is older than a year.",
    why: "The older a key is, the more places hold a copy of it.",
    promises: [12],
    policies: [],
    asks: ["keys"],
  },
  {
    ...fromKeyRule("key-never-used"),
    soc2: ["CC6.2"],
    iso27001: ["A.5.18"],
    privacy: "registration",
    requires: "Each API key older than a week has been used.",
    why: "A key that nobody uses can only be lost.",
    promises: [12, 14],
    policies: [],
    asks: ["keys"],
  },
  {
    ...fromProjectRule("passwords-stored", []),
    soc2: ["CC6.1"],
    iso27001: ["A.5.17"],
    privacy: "credentials",
    requires: "Neon keeps no passwords of roles.",
    why: "What is kept can be revealed with an API key.",
    promises: [4, 12],
    policies: ["passwords-not-stored"],
    asks: ["projects"],
  },
  {
    id: "token-for-any-audience",
    says: "Tokens that were not made for this database may open it.",
    severity: "medium",
    soc2: ["CC6.1"],
    iso27001: ["A.8.5"],
    privacy: "credentials",
    requires: "Keys of a token provider come over https, and its tokens are for an audience of ours.",
    why: "Without an audience a token that was made for another service opens the data.",
    remedy: "Use an https:// URL, and set audience (JwksUrl).",
    promises: [12],
    policies: ["tokens-for-one-audience"],
    asks: ["jwks"],
    check: judgeTokens,
  },
];

function* judgeKeyScopes({ inventory: { organization, keys } }: PostureFacts): Iterable<Outcome> {
  if (keys.ofOrganization === undefined) yield { resource: organization, state: "notKnown", reason: KEYS_UNREAD };
  for (const { id, name, project_id } of keys.ofOrganization ?? [])
    yield toOutcome(
      { kind: "apiKey", id: `${organization.id}/${id}`, name },
      project_id === undefined ? "it opens every project of the organisation" : undefined,
    );
}

function* judgeTokens({ projects }: PostureFacts): Iterable<Outcome> {
  for (const { project, jwks } of projects)
    yield* judgeRead(toProjectRef(project), jwks, (all) =>
      all.map(({ id, provider_name, jwks_url, jwt_audience }) => {
        const isPlain = !jwks_url.toLowerCase().startsWith("https://");
        const what = isPlain ? "its keys do not come over https" : jwt_audience === undefined ? "no audience is set" : undefined;
        return toOutcome({ kind: "jwksUrl", id: `${project.id}/${id}`, name: provider_name }, what);
      }),
    );
}
