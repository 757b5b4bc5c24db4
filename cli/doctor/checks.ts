/** Result of one check: its name, status, detail and, if it failed, a remedy. */
export interface Check {
  name: string;
  status: "ok" | "warn" | "fail" | "skip";
  detail: string;
  remedy?: string;
}

export const pass = (name: string, detail: string): Check => ({ name, status: "ok", detail });
export const warn = (name: string, detail: string, remedy: string): Check => ({ name, status: "warn", detail, remedy });
export const fail = (name: string, detail: string, remedy: string): Check => ({ name, status: "fail", detail, remedy });
export const skip = (name: string, detail: string): Check => ({ name, status: "skip", detail });
