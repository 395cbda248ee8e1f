// How one error is written down. `say` and `todo` are templates over the error's data, so that Python says the same words.
import type * as z from "zod";

export interface ErrorSpec<D extends z.ZodRawShape = z.ZodRawShape> {
  /** Exit code of the command line: 1 refused by data or gate, 2 wrong usage, 3 a job or the system failed. */
  readonly exit: 1 | 2 | 3;
  /** Exit code of the trainer process, 64 to 113, where the trainer can end with it. */
  readonly trainerExit?: number;
  /** The data it carries. */
  readonly data: z.ZodObject<D>;
  /** What failed: the value found and the value wanted, as `{field}` templates. */
  readonly say: string;
  /** What the user can do. */
  readonly todo: string;
}

/** Keeps the literal type of a table of errors. */
export function defineErrors<T extends Record<string, ErrorSpec>>(table: T): T {
  return table;
}
