export * from "../../../tools/reliability/resourcePrograms.js";
