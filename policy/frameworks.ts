/** Criteria of the AICPA's Trust Services Criteria (2017, points of focus of 2022) that a control gives evidence for, in our words. */
export const SOC2 = {
  "A1.2": "backup and recovery of data",
  "C1.1": "protection of confidential information",
  "C1.2": "disposal of confidential information",
  "CC6.1": "logical access to protected information",
  "CC6.2": "people are authorised before they get access",
  "CC6.3": "access by role, with least privilege",
  "CC6.6": "threats from outside of the boundary",
  "CC7.1": "detection of changed configuration",
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
