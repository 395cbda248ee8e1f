// Exports and archives that live in memory, for tests of what reads them.
import type { RangeReader } from "../../lib/core/dataset/archive/range-reader.ts";
import type { ExportSource } from "../../lib/core/ports.ts";

/** An export of the given files, in their order. */
export function memorySource(files: Readonly<Record<string, string | Uint8Array>>): ExportSource {
  const entries = Object.entries(files).map(([name, content]) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    return {
      name,
      bytes: bytes.length,
      read: async () => bytes,
      async *stream() {
        // Small pieces, so that readers meet words that are cut in two.
        for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
      },
    };
  });
  return {
    name: "export",
    kind: "folder",
    entries: () => entries,
    sha256: async () => "",
    close: async () => undefined,
  };
}

/** An archive in memory by position; counts what is open. */
export function memoryRanges(bytes: Uint8Array, name = "export.zip"): RangeReader {
  return { name, bytes: bytes.length, read: (start, end) => bytes.subarray(start, end), close: () => undefined };
}
