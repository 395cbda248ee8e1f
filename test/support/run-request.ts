// A run's request for tests: the sample's config, with what a test changes.
import { type Config, config } from "../../lib/contracts/config.ts";
import { recipe } from "../../lib/contracts/recipe.ts";
import type { RunRequest } from "../../lib/contracts/run.ts";
import { digestOf } from "../../lib/core/config/canonical.ts";

export const runIds = [
  "01ARZ3NDEKTSV4RRFFQ69G5FA0",
  "01ARZ3NDEKTSV4RRFFQ69G5FA1",
  "01ARZ3NDEKTSV4RRFFQ69G5FA2",
  "01ARZ3NDEKTSV4RRFFQ69G5FA3",
] as const;

export function testConfig(changes: Partial<Config> = {}): Config {
  return {
    ...config.parse({
      schema: "bobbin/config/1",
      project: "test",
      model: "test",
      dataset: "trays",
      classes: [{ name: "tray" }, { name: "person" }],
      groupRule: { kind: "folder", depth: 1 },
      budget: { ends: "2035-12-31T00:00:00Z" },
    }),
    ...changes,
  };
}

export function testRequest(location: string, changes: Partial<RunRequest> = {}): RunRequest {
  const frozen = changes.config ?? testConfig();
  const plan = recipe.parse({ schema: "bobbin/recipe/1", name: "test", args: {} });
  return {
    schema: "bobbin/run-request/1",
    runId: runIds[0],
    machine: "train",
    requestedAt: "2026-01-02T03:04:05.000Z",
    source: { location, versionId: null, sha256: null },
    mode: "merge",
    retrain: "now",
    config: frozen,
    configSha256: digestOf(frozen),
    groupTable: { groupOfFrame: {}, attributes: {} },
    recipe: plan,
    recipeSha256: digestOf(plan),
    device: "cpu",
    decode: false,
    names: null,
    bobbin: { version: "0.0.0", commit: null },
    ...changes,
  };
}
