import { BRANCH_ID, EMAIL, NOT_AN_ID, ORG_ID, type Rejected } from "./words.js";

/** People and keys. */
export const PEOPLE = {
  OrganizationMember: {
    sound: { email: "ada@example.com", role: "viewer" },
    cases: [
      ["orgId", { orgId: "shop" }, "orgId", ORG_ID],
      ["email", { email: "ada" }, "email", EMAIL],
      ["role", { role: "owner" }, "role", 'must be "admin", "member", "editor", "viewer", "collaborator"'],
    ],
  },
  ProjectPermission: {
    sound: { projectId: "quiet-lake-12345678", email: "ada@example.com" },
    cases: [
      ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
      ["email", { email: "ada@" }, "email", EMAIL],
      ["level", { level: "owner" }, "level", 'must be "viewer", "editor", "admin"'],
    ],
  },
  JwksUrl: {
    sound: { projectId: "quiet-lake-12345678", jwksUrl: "https://keys.example.com/jwks.json", providerName: "example" },
    cases: [
      ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
      ["jwksUrl", { jwksUrl: "http://keys.example.com/jwks.json" }, "jwksUrl", "must be an https:// URL"],
      ["providerName", { providerName: "" }, "providerName", "must not be empty"],
      ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
      ["roleNames", { roleNames: [""] }, "roleNames[0]", "must not be empty"],
      ["roleNames", { roleNames: Array.from({ length: 11 }, (_, i) => `r${i}`) }, "roleNames", "must have at most 10 entries"],
      ["audience", { audience: "" }, "audience", "must not be empty"],
    ],
  },
  ApiKey: {
    sound: { name: "ci", projectId: "quiet-lake-12345678" },
    cases: [
      ["name", { name: "x".repeat(32) }, "name", "must have at most 31 characters"],
      ["scope", { scope: "all" }, "scope", 'must be "project", "organization" or "personal"'],
      ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
      ["projectId", { projectId: undefined }, "projectId", 'belongs to scope "project", and such a key needs it'],
      ["orgId", { orgId: "shop" }, "orgId", ORG_ID],
      [
        "orgId",
        { scope: "personal", projectId: undefined, orgId: "org-morning-bread-81040908" },
        "orgId",
        "a personal key belongs to no organisation: remove orgId or choose another scope",
      ],
    ],
  },
} satisfies Rejected;
