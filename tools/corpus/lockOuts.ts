import {
  inside,
  buildProject,
  LISTED,
  buildSecurityGroup,
  buildEndpoint,
  buildAssignment,
  buildRestriction,
  buildRestrictedProject,
} from "./privateNetworkParts.js";
import { labelWrittenChanges } from "./writtenChanges.js";

/** Changes that leave no way in. */
export const lockOuts = labelWrittenChanges("clouds")([
  [
    "nobody from the internet any more, and a lock-out accepted where no private endpoint is known",
    [buildProject(LISTED)],
    [buildProject({ allow: "nobody", acceptLockOut: true })],
    "block",
    ["closed-to-everyone shop/main", "lock-out-accepted shop"],
  ],
  [
    "a lock-out accepted where the private endpoint is accepted",
    [buildProject(LISTED), buildSecurityGroup(inside), buildEndpoint(), buildAssignment()],
    [buildProject({ allow: "nobody", acceptLockOut: true }), buildSecurityGroup(inside), buildEndpoint(), buildAssignment()],
    "needsReview",
    ["closed-to-everyone shop/main", "lock-out-accepted shop"],
  ],
  [
    "a lock-out accepted where the private endpoint waits to be accepted",
    [buildProject(LISTED), buildSecurityGroup(inside), buildEndpoint(), buildAssignment({}, "new")],
    [buildProject({ allow: "nobody", acceptLockOut: true }), buildSecurityGroup(inside), buildEndpoint(), buildAssignment({}, "new")],
    "block",
    ["closed-to-everyone shop/main", "lock-out-accepted shop"],
  ],
  [
    "a lock-out accepted where the private endpoint was rejected",
    [buildProject(), buildSecurityGroup(inside), buildEndpoint(), buildAssignment({}, "rejected")],
    buildRestrictedProject(buildSecurityGroup(inside), buildEndpoint()).map((one) =>
      one.name === "restricted"
        ? buildRestriction({ acceptLockOut: true })
        : one.name === "assigned"
          ? buildAssignment({}, "rejected")
          : one,
    ),
    "block",
    ["lock-out-accepted restricted", "private-access-narrowed shop/main"],
  ],
  [
    "a restriction where a lock-out is accepted, to an endpoint that is accepted",
    [buildProject(), buildSecurityGroup(inside), buildEndpoint(), buildAssignment()],
    buildRestrictedProject(buildSecurityGroup(inside), buildEndpoint()).map((one) =>
      one.name === "restricted" ? buildRestriction({ acceptLockOut: true }) : one,
    ),
    "needsReview",
    ["lock-out-accepted restricted", "private-access-narrowed shop/main"],
  ],
  [
    "a project renamed that accepted a lock-out long ago",
    [buildProject({ allow: "nobody", acceptLockOut: true })],
    [
      {
        ...buildProject({ allow: "nobody", acceptLockOut: true }),
        inputs: { ...buildProject({ allow: "nobody", acceptLockOut: true }).inputs, name: "store" },
      },
    ],
    "approve",
  ],
  [
    "a new project that nobody can be locked out of",
    [],
    [{ ...buildProject({ allow: "nobody", acceptLockOut: true }), id: "" }],
    "approve",
    ["lock-out-accepted shop", "new-branch shop/main"],
  ],
]);
