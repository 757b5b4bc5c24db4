import { HOUR_SECONDS, DAY_SECONDS } from "@palisade/neon/contract/durations";
import type { PlanName } from "@palisade/neon/contract/plane";

/** What a plan allows (Neon's documentation of limits, January 2026). */
export interface PlanLimits {
  projects: number;
  /** In one project, deleted ones not counted. */
  branches: number;
  rootBranches: number;
  protectedBranches: number;
  /** In one project, made by hand. */
  snapshots: number;
  backupSchedules: boolean;
  historyRetentionSeconds: number;
  ipAllow: boolean;
  privateNetworking: boolean;
  hipaa: boolean;
  /** Largest size of a compute (Neon's page on plans, 2026). */
  computeCu: number;
  /** What `suspend_timeout_seconds` may be: the default of 5 minutes, that or never, or anything (Neon's page on scale to zero, 2026). */
  suspension: "fixed" | "default or never" | "any";
}

export const PLAN_LIMITS: Readonly<Record<PlanName, PlanLimits>> = {
  free: {
    projects: 100,
    branches: 10,
    rootBranches: 3,
    protectedBranches: 0,
    snapshots: 1,
    backupSchedules: false,
    historyRetentionSeconds: 6 * HOUR_SECONDS,
    ipAllow: false,
    privateNetworking: false,
    hipaa: false,
    computeCu: 2,
    suspension: "fixed",
  },
  launch: {
    projects: 100,
    branches: 5_000,
    rootBranches: 5,
    protectedBranches: 2,
    snapshots: 10,
    backupSchedules: true,
    historyRetentionSeconds: 7 * DAY_SECONDS,
    ipAllow: false,
    privateNetworking: false,
    hipaa: false,
    computeCu: 16,
    suspension: "default or never",
  },
  scale: {
    projects: 1_000,
    branches: 5_000,
    rootBranches: 25,
    protectedBranches: 5,
    snapshots: 10,
    backupSchedules: true,
    historyRetentionSeconds: 30 * DAY_SECONDS,
    ipAllow: true,
    privateNetworking: true,
    hipaa: true,
    computeCu: 56,
    suspension: "any",
  },
};

/** In one branch (Neon's documentation of limits). */
export const ROLES_LIMIT = 500;
export const DATABASES_LIMIT = 500;
/** Of one organisation in one region (Neon's guide to private networking). */
export const VPC_ENDPOINTS_LIMIT = 10;

/** Of an organisation, by the name of its plan. */
export const getPlanLimits = ({ plan }: { plan: string }): PlanLimits => PLAN_LIMITS[plan as PlanName];
