export * from "../../../tools/reliability/programs.js";
