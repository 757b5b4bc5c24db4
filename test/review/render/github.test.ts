import fc from "fast-check";
import { toGithub } from "../../../review/render/github.js";
import { anyReview, finding, HOSTILE, ORIGIN, review } from "./reviews.js";

interface Command {
  level: string;
  properties: Record<string, string>;
  message: string;
}

/** As the runner reads a line (actions/runner, ActionCommand.TryParseV2). */
function commandOf(line: string): Command {
  const [, head = "", message = ""] = /^::(.*?)::(.*)$/.exec(line) ?? [];
  const [level = "", ...rest] = head.split(" ");
  const unescaped = (text: string) =>
    text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%25", "%");
  const pairs = rest
    .join(" ")
    .split(",")
    .map((pair) => [pair.slice(0, pair.indexOf("=")), unescaped(pair.slice(pair.indexOf("=") + 1))] as const);
  return { level, properties: Object.fromEntries(pairs), message: unescaped(message) };
}
const commands = (text: string): Command[] => text.trimEnd().split("\n").map(commandOf);

it("annotates the verdict, and each finding at its line in the repository", () => {
  const [verdict, first, second] = commands(toGithub(review({ findings: [finding(), finding({ severity: "medium" })] }), ORIGIN));
  expect(verdict).toEqual({
    level: "error",
    properties: { title: "Palisade BLOCK: shop/prod" },
    message: "this opens or destroys: findings: 1 high, 1 medium",
  });
  expect(first).toMatchObject({
    level: "error",
    properties: { file: "infra/prod/index.ts", line: "12", title: "opened-to-everyone: opens project shop" },
  });
  expect(second?.level).toBe("warning");
});

it("annotates no more than GitHub shows, the gravest first, and says how many are left out", () => {
  const findings = Array.from({ length: 25 }, (_, at) => finding({ severity: at < 20 ? "high" : "low", says: `No ${at}.` }));
  const all = commands(toGithub(review({ findings }), ORIGIN));
  expect(all.filter(({ level }) => level === "error")).toHaveLength(10);
  expect(all[1]?.message).toMatch(/^No 0\./);
  expect(all[0]?.message).toContain("11 annotations left out");
});

it("warns of what could not be judged", () => {
  const [, one] = commands(toGithub(review({ findings: [], unjudged: [{ urn: "a::list", why: "known only after the update" }] }), ORIGIN));
  expect(one).toMatchObject({ level: "warning", properties: { title: "not judged: list" } });
});

it("makes one command of each annotation, whatever the names are", () => {
  fc.assert(
    fc.property(anyReview, (one) => {
      const text = toGithub(one, ORIGIN);
      for (const line of text.trimEnd().split("\n")) {
        expect(line).toMatch(/^::(?:error|warning|notice) (?:file=[^:,]+,line=\d+,)?title=[^:,]+::/);
        expect(line).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
        expect(line).not.toContain("##");
        expect(line.replace(/%(?:25|0A|0D|3A|2C)/g, "")).not.toContain("%");
      }
    }),
  );
});

it("gives a name back as it is written, once the runner has read it", () => {
  const name = "100%: a, b%0Ac";
  const [, one] = commands(toGithub(review({ findings: [finding({ resource: { kind: "branch", id: "x", name }, says: name })] }), ORIGIN));
  expect(one?.properties["title"]).toBe(`opened-to-everyone: opens branch ${name}`);
  expect(one?.message).toMatch(/^100%: a, b%0Ac \|/);
  for (const hostile of HOSTILE) expect(commands(toGithub(review({ findings: [finding({ says: hostile })] }), ORIGIN))).toHaveLength(2);
});
