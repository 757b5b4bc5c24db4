import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["*.vitest.mjs"], pool: "threads", testTimeout: 60_000, hookTimeout: 30_000, cache: false },
});
