import { hasPasswordUri, redact } from "../../contract/redact.js";

describe("what is taken out of a text", () => {
  it.each([
    ["postgres://u:p@h/db", "postgres://u:…@h/db"],
    ["postgresql://u:p@ss@h/db and b@c", "postgresql://u:…@h/db and b@c"],
    ['{"uri":"postgres://u:p@h/db","mail":"a@b"}', '{"uri":"postgres://u:…@h/db","mail":"a@b"}'],
    [`postgres://u:p"a'@h/db`, "postgres://u:…@h/db"],
    ["postgres://a:postgres://b:p@h/db", "postgres://a:…@h/db"],
    ["postgres://h:5432/db", "postgres://h:5432/db"],
    ["postgres://u:@h/db", "postgres://u:@h/db"],
  ])("%s", (text, shown) => {
    expect(redact(text)).toBe(shown);
    expect(hasPasswordUri(text)).toBe(shown !== text);
  });
});
