// The test runner: one project per kind of test, native ES modules, TypeScript stripped by swc.
import { existsSync } from "node:fs";

/** Jest crawls its roots, so the virtual environment and node_modules stay outside them. */
const roots = ["test", "lib", "bin", "lambdas"]
  .filter((folder) => existsSync(new URL(folder, import.meta.url)))
  .map((folder) => `<rootDir>/${folder}`);

const swc = {
  jsc: {
    parser: { syntax: "typescript" },
    target: "es2024",
    experimental: { keepImportAttributes: true },
  },
  module: { type: "es6" },
  sourceMaps: "inline",
};

const project = (kind) => ({
  displayName: kind,
  roots,
  testMatch: [`<rootDir>/test/${kind}/**/*.test.ts`],
  testEnvironment: "<rootDir>/test/support/environment.ts",
  extensionsToTreatAsEsm: [".ts"],
  moduleFileExtensions: ["ts", "js", "mjs", "cjs", "json", "node"],
  transform: { "\\.ts$": ["@swc/jest", swc] },
});

export default {
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  maxWorkers: 2,
  // What native ES modules leave behind in a worker makes each large collection slower: a long test took twice its time.
  workerIdleMemoryLimit: "1GB",
  passWithNoTests: true,
  testTimeout: 60_000,
  projects: [
    ...["unit", "ports", "contract", "infra", "e2e"].map(project),
    // What is tested against the emulated AWS, which is started once for each of them.
    ...["aws", "proof"].map((kind) => ({
      ...project(kind),
      globalSetup: "<rootDir>/test/support/emulator-setup.ts",
      globalTeardown: "<rootDir>/test/support/emulator-teardown.ts",
    })),
  ],
};
