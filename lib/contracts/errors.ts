// Every error that Bobbin knows, once: name, exit code, data, what happened, what to do. Python reads the same list as JSON.
import type * as z from "zod";
import { budgetErrors } from "./errors/budget.ts";
import { configErrors } from "./errors/config.ts";
import { datasetErrors } from "./errors/dataset.ts";
import type { ErrorSpec } from "./errors/define.ts";
import { runErrors } from "./errors/run.ts";
import { trainerErrors } from "./errors/trainer.ts";
import { usd, usdDown } from "./money.ts";

export const errors = { ...budgetErrors, ...configErrors, ...datasetErrors, ...runErrors, ...trainerErrors };
export type ErrorName = keyof typeof errors;
export type ErrorData<N extends ErrorName> = z.infer<(typeof errors)[N]["data"]>;

const forms: Readonly<Record<string, (value: unknown) => string>> = {
  "": String,
  ":usd": (value) => usd(Number(value)),
  ":left": (value) => usdDown(Number(value)),
};

/** `{field}` as it is; of micro-dollars, `{field:usd}` and `{field:left}` are dollars, rounded up and down. */
function fill(template: string, data: Readonly<Record<string, unknown>>): string {
  return template.replace(
    /\{(\w+)(:usd|:left|)\}/g,
    (_, field: string, form: string) => forms[form]?.(data[field]) ?? "",
  );
}

/** A named error with its data. Nobody matches on its message. */
export class BobbinError<N extends ErrorName = ErrorName> extends Error {
  override readonly name: N;
  readonly data: ErrorData<N>;

  constructor(name: N, data: ErrorData<N>, options?: ErrorOptions) {
    super(fill(errors[name].say, data), options);
    this.name = name;
    this.data = data;
  }

  get exit(): 1 | 2 | 3 {
    return errors[this.name].exit;
  }

  /** What the user can do. */
  get todo(): string {
    return fill(errors[this.name].todo, this.data);
  }
}

export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(errors, name);
}

/** True where `error` is a Bobbin error, of that name where one is given. */
export function isBobbinError<N extends ErrorName>(error: unknown, name?: N): error is BobbinError<N> {
  return error instanceof BobbinError && (name === undefined || error.name === name);
}

/** Rebuilds an error that crossed a process or the machine; null where name or data are not ours. */
export function reviveError(name: string, data: unknown): BobbinError | null {
  if (!isErrorName(name)) return null;
  const spec: ErrorSpec = errors[name];
  const parsed = spec.data.safeParse(data);
  return parsed.success ? new BobbinError(name, parsed.data as ErrorData<typeof name>) : null;
}
