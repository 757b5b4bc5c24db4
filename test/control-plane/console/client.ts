import { request } from "node:http";
import type { TestPlane } from "../../support/plane.js";

export interface ConsoleReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The address of this machine that it comes from. */
  readonly from?: string;
}

/** One request as it is told, without a word of its own: `fetch` would say where it comes from, and would not say another host. */
export const ask = (plane: TestPlane, path: string, { method = "GET", headers = {}, body, from }: Asked = {}): Promise<ConsoleReply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(plane.ready.apiUrl);
    const sent = request(
      { hostname, port, path, method, headers: { accept: "text/html", ...headers }, agent: false, localAddress: from },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text += part));
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
        });
        answer.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });

export const originOf = (plane: TestPlane): string => new URL(plane.ready.apiUrl).origin;

/** As the sign-in page sends it. */
export const sendKey = (
  plane: TestPlane,
  key: string,
  headers: Readonly<Record<string, string>> = {},
  from?: string,
): Promise<ConsoleReply> =>
  ask(plane, "/console/sign-in", {
    method: "POST",
    headers: { origin: originOf(plane), "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams({ key }).toString(),
    ...(from !== undefined && { from }),
  });

export const cookieOf = ({ headers }: ConsoleReply): string =>
  String((headers["set-cookie"] as readonly string[] | undefined)?.[0]).split(";")[0] ?? "";

/** The cookie of a session of this key. */
export async function signIn(plane: TestPlane, key: string): Promise<string> {
  const reply = await sendKey(plane, key);
  if (reply.status !== 303) throw new Error(`not signed in: ${reply.status} ${reply.body}`);
  return cookieOf(reply);
}

export const open = (
  plane: TestPlane,
  cookie: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ConsoleReply> => ask(plane, path, { headers: { cookie, ...headers } });

/** As the page's script asks. */
export const LIVE = { "x-palisade-live": "1" };

/** What a reader of the page sees of it: no tag, and entities as what they stand for. */
export const textOf = (html: string): string =>
  html
    .replace(/<(style|script)>[^]*?<\/\1>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ");
