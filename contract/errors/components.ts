/** The part of the registry of errors (../errors.ts) that is about the components of @palisade/neon/aws and @palisade/neon/azure. */
export const COMPONENT_ERRORS = {
  PAL_NETWORK_BLOCK: {
    summary: "The network does not fit into this block",
    remedy: "Give a block in CIDR notation of the size that the message names, such as 10.0.0.0/16",
  },
  PAL_NETWORK_ZONES: {
    summary: "The network cannot lie in these zones",
    remedy: "Give one to four different availability zones, or leave availabilityZones out",
  },
  PAL_PRIVATE_REGION: {
    summary: "There is no private networking in this region",
    remedy: "Correct regionId, or use a project in a region that the message names",
  },
  PAL_PRIVATE_RELEASE: {
    summary: "An endpoint cannot leave the organisation while the project stays restricted to it",
    remedy: 'Leave release out, or set onDestroy: "open", after which a destroy opens the project',
  },
  PAL_PRIVATE_SOURCES: {
    summary: "Nobody, or everybody, would reach the private endpoints",
    remedy: "Name at least one source in allowFrom: a security group, or a block of addresses that is not a whole family",
  },
} as const;
