import * as neon from "@palisade/neon";

interface Team {
  name: string;
  regionId: string;
  /** Who may connect, besides the office. */
  ranges: string[];
}

const OFFICE = { range: "203.0.113.0/24", description: "office" };

// One line for each project. A line that goes deletes nothing by itself: the default branch is protected, so Neon keeps the project.
const TEAMS: Team[] = [
  { name: "catalogue", regionId: "aws-eu-central-1", ranges: ["198.51.100.10"] },
  { name: "checkout", regionId: "aws-eu-central-1", ranges: ["198.51.100.16/28"] },
  { name: "search", regionId: "aws-us-east-1", ranges: [] },
];

const projects = TEAMS.map(({ name, regionId, ranges }) => {
  const project = new neon.Project(name, {
    name,
    regionId,
    network: { allow: "listed", ranges: [OFFICE, ...ranges] },
    defaultBranch: { protected: true },
    historyRetentionSeconds: 7 * 86_400,
  });
  return [name, project.projectId] as const;
});

export const projectIds = Object.fromEntries(projects);
