// The list of errors: every template speaks of data that the error carries, and an error survives the way to another process.
import { describe, expect, it } from "@jest/globals";
import type { ErrorSpec } from "../../../lib/contracts/errors/define.ts";
import { BobbinError, errors, isBobbinError, reviveError } from "../../../lib/contracts/errors.ts";

const table = Object.entries<ErrorSpec>(errors);
const fieldsOf = (template: string) => [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);

describe("the list of errors", () => {
  it("is not empty, and every name is a noun in PascalCase", () => {
    expect(table.length).toBeGreaterThan(40);
    for (const [name] of table) expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
  });

  it("fills every field of every sentence", () => {
    for (const [name, spec] of table) {
      const unknown = [...fieldsOf(spec.say), ...fieldsOf(spec.todo)].filter(
        (field) => field !== undefined && !(field in spec.data.shape),
      );
      expect({ name, unknown }).toEqual({ name, unknown: [] });
    }
  });

  it("gives every end of the trainer its own exit code", () => {
    const codes = table.flatMap(([, spec]) => (spec.trainerExit === undefined ? [] : [spec.trainerExit]));
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) {
      expect(code).toBeGreaterThanOrEqual(64);
      expect(code).toBeLessThanOrEqual(113);
    }
  });
});

describe("an error", () => {
  const busy = new BobbinError("PipelineBusy", {
    runId: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    since: "2026-11-20T10:00:00.000Z",
    status: "interrupted",
  });

  it("says what happened and what to do, with its data", () => {
    expect(busy.message).toBe(
      "The run 01ARZ3NDEKTSV4RRFFQ69G5FAV holds the pipeline since 2026-11-20T10:00:00.000Z (interrupted).",
    );
    expect(busy.todo).toContain("`bobbin resume 01ARZ3NDEKTSV4RRFFQ69G5FAV`");
    expect(busy.exit).toBe(1);
    expect(isBobbinError(busy, "PipelineBusy")).toBe(true);
    expect(isBobbinError(busy, "RunMissing")).toBe(false);
  });

  it("comes back from its name and data, and only from right ones", () => {
    expect(reviveError(busy.name, JSON.parse(JSON.stringify(busy.data)))?.message).toBe(busy.message);
    expect(reviveError("PipelineBusy", { runId: 3 })).toBeNull();
    expect(reviveError("toString", {})).toBeNull();
  });
});
