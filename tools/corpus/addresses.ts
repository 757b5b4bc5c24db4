import {
  MANAGED_SEPARATELY,
  labelChanges,
  declareAllowlist,
  allowListed,
  NOBODY,
  OFFICE,
  declareShop,
  declareEntry,
} from "./labelledChange.js";

const HOME = '"198.51.100.7"';
const from = declareShop(allowListed(OFFICE));
const both = declareShop(allowListed(OFFICE, HOME));
const WIDER = ["access-widened shop/main"];
const NARROWER = ["access-narrowed shop/main"];
const ENDED = '{ range: "198.51.100.7", removeAfter: "2026-01-01T00:00:00Z" }';
const separateAllowlist = declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE);

export const addresses = labelChanges("addresses")([
  ["one address more", from, both, "needsReview", WIDER],
  ["an address that the list holds already", from, declareShop(allowListed(OFFICE, '"203.0.113.7"')), "approve"],
  ["a network spelled as a range", from, declareShop(allowListed('"203.0.113.0-203.0.113.255"')), "approve"],
  ["a network spelled as two halves", from, declareShop(allowListed('"203.0.113.0/25"', '"203.0.113.128/25"')), "approve"],
  ["the same twice", from, declareShop(allowListed(OFFICE, OFFICE)), "approve"],
  ["another order", both, declareShop(allowListed(HOME, OFFICE)), "approve"],
  ["half of a network", from, declareShop(allowListed('"203.0.113.0/25"')), "approve", NARROWER],
  ["another network instead", from, declareShop(allowListed('"198.51.100.0/24"')), "needsReview", WIDER],
  ["a network around the network", from, declareShop(allowListed('"203.0.0.0/16"')), "needsReview", WIDER],
  ["half of all addresses", from, declareShop(allowListed('"0.0.0.0/1"')), "block", WIDER],
  ["all but one address, in pieces", from, declareShop(allowListed('"0.0.0.0-192.0.2.0"', '"192.0.2.2-255.255.255.255"')), "block", WIDER],
  [
    "everybody, by two additive halves",
    separateAllowlist,
    separateAllowlist + declareEntry("low", "0.0.0.0/1") + declareEntry("high", "128.0.0.0/1"),
    "block",
    ["opened-to-everyone shop/main"],
  ],
  ["an IPv4 network spelled as mapped IPv6", from, declareShop(allowListed('"::ffff:203.0.113.0/120"')), "approve"],
  ["an IPv4 address more, spelled as mapped IPv6", from, declareShop(allowListed(OFFICE, '"::ffff:198.51.100.7"')), "needsReview", WIDER],
  ["an IPv6 network more", from, declareShop(allowListed(OFFICE, '"2001:db8::/48"')), "needsReview", WIDER],
  [
    "an IPv6 network spelled at length",
    declareShop(allowListed('"2001:db8::/48"')),
    declareShop(allowListed('"2001:0db8:0000:0000:0000:0000:0000:0000/48"')),
    "approve",
  ],
  ["half of all IPv6 addresses in use", from, declareShop(allowListed(OFFICE, '"2000::/4"')), "block", WIDER],
  ["a range more", from, declareShop(allowListed(OFFICE, '"198.51.100.10-198.51.100.19"')), "needsReview", WIDER],
  ["one of two taken out", both, from, "approve", NARROWER],
  ["one taken out, another put in", both, declareShop(allowListed(OFFICE, '"198.51.100.8"')), "needsReview", WIDER],
  ["a list made out of everybody", declareShop('{ allow: "anywhere" }'), from, "approve", NARROWER],
  ["everybody", from, declareShop('{ allow: "anywhere" }'), "block", ["opened-to-everyone shop/main"]],
  ["nobody", from, declareShop(NOBODY), "needsReview", ["closed-to-everyone shop/main"]],
  ["a list where nobody was", declareShop(NOBODY), from, "needsReview", WIDER],
  ["everybody where nobody was", declareShop(NOBODY), declareShop('{ allow: "anywhere" }'), "block", ["opened-to-everyone shop/main"]],
  [
    "an address until a day to come",
    from,
    declareShop(allowListed(OFFICE, '{ range: "198.51.100.7", removeAfter: "2099-01-01T00:00:00Z" }')),
    "needsReview",
    WIDER,
  ],
  ["an address until a day that is over", from, declareShop(allowListed(OFFICE, ENDED)), "approve", ["entry-overdue shop"]],
  ["the end taken off an entry that is over", declareShop(allowListed(OFFICE, ENDED)), both, "needsReview", WIDER],
  ["an entry that is over taken out", declareShop(allowListed(OFFICE, ENDED)), from, "approve"],
  ["an additive entry more", separateAllowlist, separateAllowlist + declareEntry("extra", "198.51.100.0/24"), "needsReview", WIDER],
  [
    "an additive entry that the list holds already",
    separateAllowlist,
    separateAllowlist + declareEntry("extra", "203.0.113.0/28"),
    "approve",
  ],
  [
    "an additive entry less",
    separateAllowlist + declareEntry("extra", "198.51.100.0/24"),
    separateAllowlist,
    "approve",
    [...NARROWER, "entries-removed extra"],
  ],
]);
