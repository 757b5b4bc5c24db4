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
  PAL_BASELINE_TAGS: {
    summary: "The tags of a baseline do not say what they must",
    remedy: "Give dataClass as one of its words, owner as a text, and retentionDays as a whole number from 1 to 3650",
  },
  PAL_BASELINE_PRINCIPALS: {
    summary: "A role of a baseline would be for nobody, or for anybody",
    remedy: "Name users, roles or identities one by one, without wildcards, and give externalId where a machine assumes the role",
  },
  PAL_BASELINE_SCOPE: {
    summary: "What a baseline is about is not named narrowly enough",
    remedy:
      "Name each bucket, key, vault or scope by its own full id, without wildcards; a whole subscription needs wholeSubscription: true",
  },
  PAL_BASELINE_SEVERITY: {
    summary: "Findings have no such severity",
    remedy: "Give leastSeverity from 1 to 10; medium begins at 4, high at 7",
  },
  PAL_BASELINE_SUBSCRIBERS: {
    summary: "Nobody would hear the alarms of a baseline",
    remedy: "Name at least one subscriber: an e-mail address, or an address with https://",
  },
} as const;
