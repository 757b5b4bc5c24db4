import { randomUUID } from "node:crypto";

/** One call of KMS as CloudTrail records it, refused ones too; of its many fields those that say who asked what of which key. */
export interface TrailEvent {
  readonly eventID: string;
  readonly eventSource: "kms.amazonaws.com";
  readonly eventName: string;
  readonly userIdentity: {
    readonly type: "IAMUser" | "AssumedRole" | "Unknown";
    readonly arn: string | undefined;
    readonly accessKeyId: string;
  };
  readonly requestParameters: {
    readonly keyId: string | undefined;
    readonly encryptionContext: Readonly<Record<string, string>> | undefined;
  };
  readonly errorCode?: string;
}

/** A double of CloudTrail: the calls of KMS that passed the emulator, in their order. Neither plaintext nor ciphertext is in it, as in CloudTrail. */
export class Trail {
  readonly events: TrailEvent[] = [];

  record(event: Omit<TrailEvent, "eventID" | "eventSource">): void {
    this.events.push({ eventID: randomUUID(), eventSource: "kms.amazonaws.com", ...event });
  }

  /** The calls of one operation. */
  listCalls(eventName: string): TrailEvent[] {
    return this.events.filter((event) => event.eventName === eventName);
  }
}
