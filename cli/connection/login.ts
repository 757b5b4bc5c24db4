import { randomBytes } from "node:crypto";
import { isIP, Socket } from "node:net";
import { Client, type ClientConfig, DatabaseError } from "pg";
import { toRefusalFailure } from "./refusals.js";
import { attempt, StepFailure, type WaitLimits } from "./steps.js";
import type { Login } from "./uri.js";

export interface LoginRequest {
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
export async function logIn(way: LoginRequest, patience: WaitLimits, authenticated: () => void): Promise<void> {
  const socket = new Socket();
  const client = new Client(buildClientConfig(way, socket));
  client.on("error", () => undefined);
  try {
    await attempt("authentication", "Look at the server's log", patience, () => client.connect().catch(rethrowAsFailure));
    authenticated();
    await attempt("query", "Look at the server's log", patience, () => client.query("SELECT 1").catch(rethrowAsFailure));
  } finally {
    socket.destroy();
  }
}

/** Tries a random password: its refusal proves that this machine is admitted as far as password authentication, and that the server saw it. */
export async function probeLogin(way: Omit<LoginRequest, "password">, patience: WaitLimits): Promise<void> {
  try {
    await logIn({ ...way, password: randomBytes(16).toString("hex") }, patience, () => undefined);
  } catch (error) {
    if (!(error instanceof StepFailure) || !WRONG_PASSWORD.includes(error.rule ?? "")) throw error;
  }
}

/** In Postgres' words, and in its proxy's. */
const WRONG_PASSWORD: readonly string[] = ["28P01", "password-failed"];

/** What is said here outranks PG* variables. */
const buildClientConfig = ({ login, address, port, ca, password, applicationName }: LoginRequest, socket: Socket): ClientConfig => ({
  host: address,
  port,
  user: login.role,
  database: login.database,
  password,
  stream: () => socket,
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
function rethrowAsFailure(error: unknown): never {
  if (!(error instanceof DatabaseError)) throw error;
  if (error.code?.startsWith("28")) throw new StepFailure("authentication", error.message, "Correct role and password", error.code);
  throw toRefusalFailure(error.message, "query");
}
