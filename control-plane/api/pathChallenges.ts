import { PathChallengeResponse } from "@palisade/neon/contract/wire/pathChallenge";
import { createChallenge, getOpenChallenge } from "../services/pathChallenges.js";
import { defineRoute } from "./route.js";

const OF_PROJECT = "/x-palisade/projects/:project_id/path_challenges";
const ONE = `${OF_PROJECT}/:challenge` as const;
const EXTENSION = "An extension of the embedded plane: Neon's API has no such call.";

/** Our own: proof that a private path leads to the project. */
export const pathChallengeRoutes = [
  defineRoute({
    method: "POST",
    path: OF_PROJECT,
    description: `${EXTENSION} Makes a challenge, valid for 15 minutes and to be used once: a connection to the project that has it in its application name is noted with the private endpoint it comes through.`,
    who: "project",
    least: "organizationAdministrator",
    effect: "mutation",
    answers: { 201: PathChallengeResponse },
    handle: ({ tx, at, project }) => ({ path_challenge: createChallenge(tx, project, at) }),
  }),
  defineRoute({
    method: "GET",
    path: ONE,
    description: `${EXTENSION} The challenge, and the private endpoints that connections with it have come through.`,
    who: "project",
    least: "organizationAdministrator",
    effect: "read",
    answers: { 200: PathChallengeResponse },
    handle: ({ tx, at, project, params }) => ({ path_challenge: getOpenChallenge(tx, project.id, params.challenge, at) }),
  }),
  defineRoute({
    method: "DELETE",
    path: ONE,
    description: `${EXTENSION} Consumes the challenge and returns it once more.`,
    who: "project",
    least: "organizationAdministrator",
    effect: "mutation",
    answers: { 200: PathChallengeResponse },
    handle({ tx, at, project, params }) {
      const challenge = getOpenChallenge(tx, project.id, params.challenge, at);
      tx.remove("path_challenge", challenge.challenge);
      return { path_challenge: challenge };
    },
  }),
];
