import { PalisadeError } from "../../contract/errors.js";
import type { ProjectSettings } from "../../contract/wire/project.js";
import type { NeonApi } from "../../provider/client/api.js";

/** New settings from those of this moment; undefined where there is nothing to do any more, as right after it was done. */
export type SettingsRewrite = (fresh: ProjectSettings) => ProjectSettings | undefined;

/** Until there is nothing to do any more. The client refuses an empty list here, as from everyone but the word `anywhere`. */
export const rewriteSettings = (api: NeonApi, projectId: string, change: SettingsRewrite): Promise<void> => {
  const next = async () => {
    const found = await api.findProject(projectId);
    if (!found) throw new PalisadeError("PAL_NOT_FOUND", `project ${projectId}`);
    const settings = change(found.project.settings ?? {});
    return settings && { project: { settings } };
  };
  return api.rewriteProject(projectId, next, { anywhere: false });
};
