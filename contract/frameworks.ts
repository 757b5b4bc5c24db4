/** Criteria of the AICPA's Trust Services Criteria (2017, points of focus of 2022) that a control gives evidence for, in our words. */
export const SOC2 = {
  "A1.2": "backup and recovery of data",
  "C1.1": "protection of confidential information",
  "C1.2": "disposal of confidential information",
  "CC6.1": "logical access to protected information",
  "CC6.2": "people are authorised before they get access",
  "CC6.3": "access by role, with least privilege",
  "CC6.6": "threats from outside of the boundary",
  "CC7.1": "detection of changed configuration and of new vulnerabilities",
  "CC7.2": "monitoring for anomalies",
  "CC8.1": "authorised changes only",
} as const;
export type Soc2 = keyof typeof SOC2;

/** Controls of ISO/IEC 27001:2022, Annex A, by their titles. */
export const ISO27001 = {
  "A.5.9": "Inventory of information and other associated assets",
  "A.5.12": "Classification of information",
  "A.5.15": "Access control",
  "A.5.17": "Authentication information",
  "A.5.18": "Access rights",
  "A.5.33": "Protection of records",
  "A.5.34": "Privacy and protection of PII",
  "A.8.2": "Privileged access rights",
  "A.8.3": "Information access restriction",
  "A.8.5": "Secure authentication",
  "A.8.8": "Management of technical vulnerabilities",
  "A.8.9": "Configuration management",
  "A.8.10": "Information deletion",
  "A.8.13": "Information backup",
  "A.8.15": "Logging",
  "A.8.16": "Monitoring activities",
  "A.8.20": "Networks security",
  "A.8.22": "Segregation of networks",
  "A.8.24": "Use of cryptography",
  "A.8.31": "Separation of development, test and production environments",
  "A.8.32": "Change management",
  "A.8.33": "Test information",
} as const;
export type Iso27001 = keyof typeof ISO27001;

/** Clauses of ISO/IEC 27701 by the numbering of its edition of 2019, whose clause 6 follows ISO/IEC 27002:2013. In our words. */
export const ISO27701 = {
  "6.6.2.1": "user registration and de-registration",
  "6.6.2.2": "user access provisioning",
  "6.6.2.3": "management of privileged access rights",
  "6.6.4.2": "secure log-on procedures",
  "6.7.1.1": "use of cryptographic controls",
  "6.9.1.2": "change management",
  "6.9.3.1": "information backup",
  "6.9.4.1": "event logging",
  "6.10.1.1": "network controls",
  "6.11.3.1": "protection of test data",
  "7.4.7": "retention of PII",
  "7.4.8": "disposal of PII",
} as const;

/** Articles of Regulation (EU) 2016/679, in our words. */
export const GDPR = {
  "Art. 5(1)(e)": "kept no longer than is necessary",
  "Art. 5(1)(f)": "integrity and confidentiality",
  "Art. 25(2)": "by default not accessible to an indefinite number of persons",
  "Art. 32(1)(a)": "encryption of personal data",
  "Art. 32(1)(b)": "ongoing confidentiality, integrity, availability and resilience",
  "Art. 32(1)(c)": "restoring availability and access after an incident",
  "Art. 32(1)(d)": "regularly testing the effectiveness of measures",
  "Art. 32(4)": "who has access processes on instructions only",
  "Art. 33(3)": "what the notification of a breach describes",
} as const;

/** Sections of the California Civil Code, in our words. */
export const CCPA = {
  "§1798.100(a)(3)": "retained no longer than is reasonably necessary",
  "§1798.100(e)": "reasonable security procedures and practices",
  "§1798.150(a)(1)": "liability for theft of nonencrypted personal information",
} as const;

/** What a control does for personal data. */
export interface PrivacyMeasure {
  readonly iso27701: readonly (keyof typeof ISO27701)[];
  readonly gdpr: readonly (keyof typeof GDPR)[];
  readonly ccpa: readonly (keyof typeof CCPA)[];
  /** One sentence: why the control gives evidence for these clauses. */
  readonly because: string;
}

/**
 * The clauses about personal data by what a control does. A control that does none of this has none of these clauses: the laws name no address
 * lists or keys, so each line rests on the sentence beside it.
 */
export const PRIVACY = {
  boundary: {
    iso27701: ["6.10.1.1"],
    gdpr: ["Art. 5(1)(f)", "Art. 25(2)", "Art. 32(1)(b)"],
    ccpa: ["§1798.100(e)"],
    because: "Whoever cannot reach a database cannot try to log in to the personal data in it.",
  },
  copies: {
    iso27701: ["6.11.3.1"],
    gdpr: ["Art. 5(1)(f)", "Art. 32(1)(b)"],
    ccpa: ["§1798.100(e)"],
    because: "A copy of production holds the same personal data, so it needs the same protection.",
  },
  retention: {
    iso27701: ["7.4.7", "7.4.8"],
    gdpr: ["Art. 5(1)(e)"],
    ccpa: ["§1798.100(a)(3)"],
    because: "A copy with an end is kept no longer than somebody decided that it is needed.",
  },
  recovery: {
    iso27701: ["6.9.3.1"],
    gdpr: ["Art. 32(1)(b)", "Art. 32(1)(c)"],
    ccpa: [],
    because: "Personal data that is lost or overwritten can be brought back from what is kept.",
  },
  authorisation: {
    iso27701: ["6.6.2.2", "6.6.2.3"],
    gdpr: ["Art. 25(2)", "Art. 32(4)"],
    ccpa: ["§1798.100(e)"],
    because: "Whoever has no more power than the task needs cannot use personal data beyond it.",
  },
  registration: {
    iso27701: ["6.6.2.1"],
    gdpr: ["Art. 32(4)"],
    ccpa: ["§1798.100(e)"],
    because: "Access that nobody uses or vouches for any more is access of somebody who has no instruction.",
  },
  credentials: {
    iso27701: ["6.6.4.2"],
    gdpr: ["Art. 5(1)(f)", "Art. 32(1)(b)"],
    ccpa: ["§1798.100(e)"],
    because: "What proves who somebody is must not prove it for whoever finds, guesses or is handed it.",
  },
  logging: {
    iso27701: ["6.9.4.1"],
    gdpr: ["Art. 33(3)"],
    ccpa: [],
    because: "What a breach has touched can be told only from what was logged before it.",
  },
  encryption: {
    iso27701: ["6.7.1.1"],
    gdpr: ["Art. 32(1)(a)"],
    ccpa: ["§1798.150(a)(1)"],
    because: "Data that is sealed under a key is not readable for whoever takes it without the key.",
  },
  change: {
    iso27701: ["6.9.1.2"],
    gdpr: ["Art. 32(1)(d)"],
    ccpa: [],
    because: "Comparing what is live with what was approved tests whether the measures are still in force.",
  },
} as const satisfies Record<string, PrivacyMeasure>;
export type Privacy = keyof typeof PRIVACY;
