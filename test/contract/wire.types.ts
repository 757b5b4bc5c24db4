import type * as sdk from "@neon/sdk/raw";
import type { z } from "zod";
import type * as account from "../../contract/wire/account.js";
import type * as branch from "../../contract/wire/branch.js";
import type * as branchSchema from "../../contract/wire/branchSchema.js";
import type * as common from "../../contract/wire/common.js";
import type * as consumption from "../../contract/wire/consumption.js";
import type * as credential from "../../contract/wire/credential.js";
import type * as database from "../../contract/wire/database.js";
import type * as endpoint from "../../contract/wire/endpoint.js";
import type * as project from "../../contract/wire/project.js";
import type * as role from "../../contract/wire/role.js";
import type * as transfer from "../../contract/wire/transfer.js";

/**
 * The contract held against the types of Neon's own SDK, by the compiler (`npm run typecheck`): whatever Neon's API may answer, our schemas
 * accept; whatever our schemas let through as a request, Neon's API takes.
 */
type Answers<Schema extends z.ZodType, Theirs extends z.input<Schema>> = Theirs;
type Requests<Schema extends z.ZodType<Theirs>, Theirs> = Schema;

export type Held = [
  Answers<typeof common.GeneralError, sdk.GeneralError>,
  Answers<typeof common.Operation, sdk.Operation>,
  Answers<typeof common.Annotation, sdk.AnnotationData>,
  Answers<typeof project.Project, sdk.Project>,
  Answers<typeof project.ProjectListItem, sdk.ProjectListItem>,
  Answers<typeof project.ProjectSettings, sdk.ProjectSettingsData>,
  Answers<typeof branch.Branch, sdk.Branch>,
  Answers<typeof endpoint.Endpoint, sdk.Endpoint>,
  Answers<typeof role.Role, sdk.Role>,
  Answers<typeof database.Database, sdk.Database>,
  Answers<typeof account.AuthDetails, sdk.AuthDetailsResponse>,
  Answers<typeof account.CurrentUser, sdk.CurrentUserInfoResponse>,
  Answers<typeof account.Organization, sdk.Organization>,
  Answers<typeof branchSchema.BranchSchemaResponse, sdk.BranchSchemaResponse>,
  Answers<typeof branchSchema.BranchSchemaCompareResponse, sdk.BranchSchemaCompareResponse>,
  Answers<typeof consumption.ConsumptionPage, sdk.ConsumptionHistoryPerProjectResponse>,
  Answers<typeof credential.Credential, sdk.CredentialMeta>,
  Answers<typeof credential.CreatedCredential, sdk.CreateCredentialResponse>,
  Answers<typeof credential.RotatedCredential, sdk.RotateCredentialResponse>,
  Answers<typeof credential.CredentialSecret, sdk.CredentialSecret>,
  Answers<typeof transfer.TransferRequest, sdk.ProjectTransferRequestResponse>,
  Answers<typeof project.PreloadLibrariesResponse, sdk.AvailablePreloadLibraries>,
  Requests<typeof branch.BranchUpdateRequest, Loose<sdk.BranchUpdateRequest>>,
  Requests<typeof branch.BranchCreateRequest, Loose<sdk.BranchCreateRequest>>,
];

/** The SDK was compiled without exactOptionalPropertyTypes: there an optional key may also be undefined. */
type Loose<T> = T extends readonly (infer Item)[]
  ? Loose<Item>[]
  : T extends object
    ? { [K in keyof T]: Loose<T[K]> | (undefined extends T[K] ? undefined : never) }
    : T;
