import { z } from "zod";
import {
  Invitations,
  InvitesRequest,
  Member,
  MembersPage,
  MemberUpdateRequest,
  type MemberWithUser,
} from "@palisade/neon/contract/wire/member";
import { Refusal } from "../domain/refusals.js";
import type { Tx } from "../store/store.js";
import { decodeCursor, encodeCursor, buildLimitSchema } from "./paging.js";
import { defineRoute } from "./route.js";

const MEMBERS = "/organizations/:org_id/members";
const MEMBER = `${MEMBERS}/:member_id` as const;
const PAGE = 100;

export const memberRoutes = [
  defineRoute({
    method: "GET",
    path: MEMBERS,
    who: "organization",
    least: "viewer",
    effect: "read",
    query: z.object({
      cursor: z.string().optional(),
      limit: buildLimitSchema(PAGE),
      sort_by: z.string().optional(),
      sort_order: z.string().optional(),
    }),
    answers: { 200: MembersPage },
    handle({ tx, organization, query: { cursor, limit = PAGE } }) {
      const from = Number(decodeCursor(cursor)?.value ?? 0);
      const all = tx.list("member", { where: { org: organization.id } });
      const members = all.slice(from, from + limit).map((member) => toMemberWithUser(tx, member));
      const next = from + limit < all.length ? encodeCursor({ value: String(from + limit), id: "" }) : undefined;
      return { members, ...(next !== undefined && { pagination: { next } }) };
    },
  }),
  defineRoute({
    method: "GET",
    path: MEMBER,
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: Member },
    handle: ({ tx, organization, params }) => getMember(tx, organization.id, params.member_id),
  }),
  defineRoute({
    method: "PATCH",
    path: MEMBER,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    body: MemberUpdateRequest,
    answers: { 200: Member },
    handle({ tx, organization, params, body: { role } }) {
      const member = getMember(tx, organization.id, params.member_id);
      if (role !== "admin") assertAdminRemains(tx, member);
      const changed = { ...member, role };
      tx.put("member", changed);
      return changed;
    },
  }),
  defineRoute({
    method: "DELETE",
    path: MEMBER,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    answers: { 200: z.object({}) },
    handle({ tx, organization, params }) {
      const member = getMember(tx, organization.id, params.member_id);
      assertAdminRemains(tx, member);
      tx.remove("member", member.id);
      return {};
    },
  }),
  defineRoute({
    method: "GET",
    path: "/organizations/:org_id/invitations",
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: Invitations },
    handle: ({ tx, organization }) => ({ invitations: tx.list("invitation", { where: { org: organization.id } }) }),
  }),
  defineRoute({
    method: "POST",
    path: "/organizations/:org_id/invitations",
    who: "organization",
    least: "administrator",
    effect: "mutation",
    body: InvitesRequest,
    answers: { 200: Invitations },
    handle({ tx, ids, at, actor, organization, body }) {
      const by = actor.kind === "personal" ? actor.user.id : actor.key.created_by.id;
      const members = tx.list("member", { where: { org: organization.id } }).map((member) => toMemberWithUser(tx, member).user.email);
      const pending = tx.list("invitation", { where: { org: organization.id } });
      const invitations = body.invitations.map(({ email, role }) => {
        if (members.includes(email)) throw new Refusal("memberExists", { email });
        const known = pending.find((invitation) => invitation.email === email);
        const invitation = known
          ? { ...known, role }
          : { id: ids.createUuid(), email, org_id: organization.id, invited_by: by, invited_at: at, role };
        tx.put("invitation", invitation);
        return invitation;
      });
      return { invitations };
    },
  }),
];

function getMember(tx: Tx, orgId: string, id: string): Member {
  const member = tx.get("member", id);
  if (member?.org_id !== orgId) throw new Refusal("memberNotFound");
  return member;
}

export const toMemberWithUser = (tx: Tx, member: Member): z.infer<typeof MemberWithUser> => ({
  member,
  user: { email: tx.get("user", member.user_id)?.email ?? "" },
});

function assertAdminRemains(tx: Tx, { id, org_id }: Member): void {
  const others = tx.list("member", { where: { org: org_id } }).filter((member) => member.id !== id);
  if (!others.some(({ role }) => role === "admin")) throw new Refusal("lastAdmin");
}
