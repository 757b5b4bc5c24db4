import { randomBytes } from "node:crypto";
import { isIP, Socket } from "node:net";
import { Client, type ClientConfig, DatabaseError } from "pg";
import { refusalOf } from "./refusals.js";
import { attempt, Failure, type Patience } from "./steps.js";
import type { Login } from "./uri.js";

export interface Way {
  login: Login;
  /** Where it was reached. */
  address: string;
  port: number;
  ca: string | undefined;
  password: string;
  /** What the server's log calls this client. */
  applicationName?: string | undefined;
}

/** Logs in over a connection of its own, with everything checked anew, and asks one question. `authenticated` is called between the two. */
export async function logIn(way: Way, patience: Patience, authenticated: () => void): Promise<void> {
  const socket = new Socket();
  const client = new Client(configurationOf(way, socket));
  client.on("error", () => undefined);
  try {
    await attempt("authentication", "Look at the server's log", patience, () => client.connect().catch(judge));
    authenticated();
    await attempt("query", "Look at the server's log", patience, () => client.query("SELECT 1").catch(judge));
  } finally {
    socket.destroy();
  }
}

/** Tries a made-up password: that it is refused proves that the door lets this machine as far as its password, and the server has seen it. */
export async function knock(way: Omit<Way, "password">, patience: Patience): Promise<void> {
  try {
    await logIn({ ...way, password: randomBytes(16).toString("hex") }, patience, () => undefined);
  } catch (error) {
    if (!(error instanceof Failure) || !WRONG_PASSWORD.includes(error.rule ?? "")) throw error;
  }
}

/** In Postgres' words, and in its proxy's. */
const WRONG_PASSWORD: readonly string[] = ["28P01", "password-failed"];

/** What is said here outranks PG* variables. */
const configurationOf = ({ login, address, port, ca, password, applicationName }: Way, socket: Socket): ClientConfig => ({
  ...{ host: address, port, user: login.role, database: login.database, password, stream: () => socket },
  ssl: {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    host: login.host,
    ...(isIP(login.host) === 0 && { servername: login.host }),
    ...(ca !== undefined && { ca }),
  },
  sslnegotiation: "postgres",
  enableChannelBinding: login.channelBinding !== "disable",
  application_name: applicationName ?? "palisade check-connection",
  ...(login.options !== undefined && { options: login.options }),
});

/** Postgres speaks only to who has proved to be the role, but for class 28 and what its proxy refuses in its stead. */
function judge(error: unknown): never {
  if (!(error instanceof DatabaseError)) throw error;
  if (error.code?.startsWith("28")) throw new Failure("authentication", error.message, "Correct role and password", error.code);
  throw refusalOf(error.message, "query");
}
