// fast-check for synchronous properties: `fc.assert` is declared for promises too, and a linter then misses an await.
import * as fc from "fast-check";

/** Fails with the smallest counter-example where the property does not hold. */
export function holds<Ts>(property: fc.IProperty<Ts>, parameters?: fc.Parameters<Ts>): void {
  // biome-ignore lint/nursery/noFloatingPromises: a synchronous property gives no promise
  fc.assert(property, parameters);
}
