// Does what can be done though something else cannot: a guard that gives up at the first refusal guards nothing.

/** Undefined where it did not work; then it is noted. */
export type Try = <T>(what: string, work: () => Promise<T>) => Promise<T | undefined>;

export interface Problems {
  readonly attempt: Try;
  /** Each once, in their order. */
  readonly all: () => readonly string[];
}

export function noteProblems(): Problems {
  const noted = new Set<string>();
  return {
    async attempt(what, work) {
      try {
        return await work();
      } catch (error) {
        noted.add(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
        return undefined;
      }
    },
    all: () => [...noted],
  };
}
