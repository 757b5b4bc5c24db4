import { MANAGED_SEPARATELY, labelled, list, listed, NOBODY, of, OFFICE, shop } from "./change.js";

const HOME = '"198.51.100.7"';
const from = shop(listed(OFFICE));
const both = shop(listed(OFFICE, HOME));
const WIDER = ["access-widened shop/main"];
const NARROWER = ["access-narrowed shop/main"];
const ENDED = '{ range: "198.51.100.7", removeAfter: "2026-01-01T00:00:00Z" }';
const elsewhere = shop(MANAGED_SEPARATELY) + list(OFFICE);
const half = (name: string, range: string) => of("IpAllowlistEntry", name, `ranges: ["${range}"]`, "dependsOn: [list]");

export const addresses = labelled("addresses")([
  ["one address more", from, both, "needsReview", WIDER],
  ["an address that the list holds already", from, shop(listed(OFFICE, '"203.0.113.7"')), "approve"],
  ["a network spelled as a range", from, shop(listed('"203.0.113.0-203.0.113.255"')), "approve"],
  ["a network spelled as two halves", from, shop(listed('"203.0.113.0/25"', '"203.0.113.128/25"')), "approve"],
  ["the same twice", from, shop(listed(OFFICE, OFFICE)), "approve"],
  ["another order", both, shop(listed(HOME, OFFICE)), "approve"],
  ["half of a network", from, shop(listed('"203.0.113.0/25"')), "approve", NARROWER],
  ["another network instead", from, shop(listed('"198.51.100.0/24"')), "needsReview", WIDER],
  ["a network around the network", from, shop(listed('"203.0.0.0/16"')), "needsReview", WIDER],
  ["half of all addresses", from, shop(listed('"0.0.0.0/1"')), "block", WIDER],
  ["all but one address, in pieces", from, shop(listed('"0.0.0.0-192.0.2.0"', '"192.0.2.2-255.255.255.255"')), "block", WIDER],
  [
    "everybody, by two additive halves",
    elsewhere,
    elsewhere + half("low", "0.0.0.0/1") + half("high", "128.0.0.0/1"),
    "block",
    ["opened-to-everyone shop/main"],
  ],
  ["an IPv4 network spelled as mapped IPv6", from, shop(listed('"::ffff:203.0.113.0/120"')), "approve"],
  ["an IPv4 address more, spelled as mapped IPv6", from, shop(listed(OFFICE, '"::ffff:198.51.100.7"')), "needsReview", WIDER],
  ["an IPv6 network more", from, shop(listed(OFFICE, '"2001:db8::/48"')), "needsReview", WIDER],
  [
    "an IPv6 network spelled at length",
    shop(listed('"2001:db8::/48"')),
    shop(listed('"2001:0db8:0000:0000:0000:0000:0000:0000/48"')),
    "approve",
  ],
  ["half of all IPv6 addresses in use", from, shop(listed(OFFICE, '"2000::/4"')), "block", WIDER],
  ["a range more", from, shop(listed(OFFICE, '"198.51.100.10-198.51.100.19"')), "needsReview", WIDER],
  ["one of two taken out", both, from, "approve", NARROWER],
  ["one taken out, another put in", both, shop(listed(OFFICE, '"198.51.100.8"')), "needsReview", WIDER],
  ["a list made out of everybody", shop('{ allow: "anywhere" }'), from, "approve", NARROWER],
  ["everybody", from, shop('{ allow: "anywhere" }'), "block", ["opened-to-everyone shop/main"]],
  ["nobody", from, shop(NOBODY), "needsReview", ["closed-to-everyone shop/main"]],
  ["a list where nobody was", shop(NOBODY), from, "needsReview", WIDER],
  ["everybody where nobody was", shop(NOBODY), shop('{ allow: "anywhere" }'), "block", ["opened-to-everyone shop/main"]],
  [
    "an address until a day to come",
    from,
    shop(listed(OFFICE, '{ range: "198.51.100.7", removeAfter: "2099-01-01T00:00:00Z" }')),
    "needsReview",
    WIDER,
  ],
  ["an address until a day that is over", from, shop(listed(OFFICE, ENDED)), "approve", ["entry-overdue shop"]],
  ["the end taken off an entry that is over", shop(listed(OFFICE, ENDED)), both, "needsReview", WIDER],
  ["an entry that is over taken out", shop(listed(OFFICE, ENDED)), from, "approve"],
  ["an additive entry more", elsewhere, elsewhere + half("extra", "198.51.100.0/24"), "needsReview", WIDER],
  ["an additive entry that the list holds already", elsewhere, elsewhere + half("extra", "203.0.113.0/28"), "approve"],
  ["an additive entry less", elsewhere + half("extra", "198.51.100.0/24"), elsewhere, "approve", [...NARROWER, "entries-removed extra"]],
]);
