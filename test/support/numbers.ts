// Every number of a document by its place, to hold two documents against each other.

export function numbersOf(value: unknown, place = ""): ReadonlyMap<string, number> {
  if (typeof value === "number") return new Map([[place, value]]);
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(Object.entries(value).flatMap(([name, inner]) => [...numbersOf(inner, `${place}/${name}`)]));
}
