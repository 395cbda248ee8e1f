// What is found out of an export once: it does not change while it is open, so formats that look at it, and the one that reads it, share it.
import type { ExportSource } from "../../ports.ts";

/** @returns `look`, which is asked once for each export */
export function oncePerExport<Found>(look: (source: ExportSource) => Found): (source: ExportSource) => Found {
  const known = new WeakMap<ExportSource, { readonly found: Found }>();
  return (source) => {
    const here = known.get(source) ?? { found: look(source) };
    known.set(source, here);
    return here.found;
  };
}
