// A file of this machine by position. Reads are synchronous: at the size of a frame, promises cost two to four times as much.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import type { RangeReader } from "../../core/dataset/archive/range-reader.ts";

export function fileRanges(path: string): RangeReader {
  const descriptor = openSync(path, "r");
  const name = basename(path);
  return {
    name,
    bytes: fstatSync(descriptor).size,
    read(start, end) {
      const bytes = Buffer.allocUnsafe(end - start);
      let at = 0;
      while (at < bytes.length) {
        const got = readSync(descriptor, bytes, at, bytes.length - at, start + at);
        if (got === 0) {
          throw new BobbinError("ArchiveInvalid", {
            file: name,
            entry: "-",
            found: "a file that became shorter",
            wanted: "a file that stays as it is while it is read",
          });
        }
        at += got;
      }
      return bytes;
    },
    close: () => closeSync(descriptor),
  };
}
