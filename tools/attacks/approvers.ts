import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ACCESS_NAMESPACE, type AccessTerms, buildApprovalText, formatSignedAccess } from "../../contract/temporaryAccess.js";
import { signText } from "../../provider/client/sshSignature.js";

/** Keys that are made for a run: Bob's, by three names in the list; Stan's, who has a key of the API as well; and one that nobody listed. */
const KEYS = {
  bob: ["bob@palisade.test", "robert@palisade.test", "Rob+ops@Palisade.test"],
  stan: ["stranger@palisade.test"],
  unlisted: [],
} as const;
export type ApproverKey = keyof typeof KEYS;

/** The list of those who may approve temporary access on the plane of a run, and their keys. */
export class Approvers {
  constructor(private readonly folder: string) {}

  get listFile(): string {
    return join(this.folder, "approvers");
  }

  async prepare(): Promise<void> {
    for (const key of Object.keys(KEYS))
      await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", join(this.folder, key)]);
    await this.writeList();
  }

  /** All of them, or without one. */
  async writeList(without?: ApproverKey): Promise<void> {
    const lines: string[] = [];
    for (const [key, names] of Object.entries(KEYS))
      for (const name of key === without ? [] : names) lines.push(`${name} ${await readFile(join(this.folder, `${key}.pub`), "utf8")}`);
    await writeFile(this.listFile, lines.join(""), { mode: 0o600 });
  }

  async approve(terms: AccessTerms, key: ApproverKey = "bob", namespace = ACCESS_NAMESPACE): Promise<string> {
    const text = buildApprovalText(terms, randomUUID(), new Date().toISOString());
    return formatSignedAccess(text, await this.sign(text, key, namespace));
  }

  sign(text: string, key: ApproverKey = "bob", namespace = ACCESS_NAMESPACE): Promise<string> {
    return signText(text, join(this.folder, key), namespace);
  }
}
