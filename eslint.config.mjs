import tseslint from "typescript-eslint";

const project = (file) => ({ languageOptions: { parserOptions: { project: file, tsconfigRootDir: import.meta.dirname } } });

export default tseslint.config(
  { ignores: ["**/dist/**", "**/node_modules/**", "**/*.cjs", "**/*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  { files: ["**/*.ts"], ...project("./tsconfig.json") },
  { files: ["control-plane/**/*.ts"], ...project("./control-plane/tsconfig.json") },
  { files: ["bench/**/*.ts"], ...project("./bench/tsconfig.json") },
  { files: ["test/**/*.ts", "examples/*/index.ts"], ...project("./tsconfig.test.json") },
  {
    rules: {
      // Numbers and switches print the same everywhere.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // `_` names what is taken out of an object by destructuring.
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
    },
  },
);
