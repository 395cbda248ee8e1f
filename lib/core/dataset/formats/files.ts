// What the files of an export are, by name: images, what systems leave behind, everything else.
import type { IssueLine } from "../../../contracts/dataset.ts";
import type { ExportEntry, ExportSource } from "../../ports.ts";
import { issueOf } from "../issue-codes.ts";
import { oncePerExport } from "./once.ts";

export interface ExportFiles {
  /** By name, in the order of the export. */
  readonly images: ReadonlyMap<string, ExportEntry>;
  /** Neither image nor ignored. */
  readonly others: readonly ExportEntry[];
  readonly ignored: ReadonlyMap<string, readonly ExportEntry[]>;
}

/** Extensions that are taken for an image; what it really is, its bytes say. */
const imagePattern = /\.(?:jpe?g|png|webp|bmp|dib|tiff?|gif|avif|heic|mpo)$/i;

const ignoredKinds: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)__MACOSX\//, "files under __MACOSX"],
  [/(?:^|\/)\.[^/]+(?:$|\/)/, "hidden files"],
  [/(?:^|\/)(?:Thumbs\.db|desktop\.ini)$/i, "files of Windows Explorer"],
  [/\.(?:cache|npy)$/i, "caches, which are never taken over"],
];

export const isImageName = (name: string): boolean => imagePattern.test(name);
/** The name without its extension; the whole name where it has none. */
export const stemOf = (name: string): string => name.replace(/\.[^./]+$/, "");
/** The folder with its last slash; "" at the top. */
export const folderOf = (name: string): string => name.slice(0, name.lastIndexOf("/") + 1);
export const fileOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

export const sortFiles = oncePerExport(sortedFiles);

function sortedFiles(source: ExportSource): ExportFiles {
  const images = new Map<string, ExportEntry>();
  const others: ExportEntry[] = [];
  const ignored = new Map<string, ExportEntry[]>();
  for (const entry of source.entries()) {
    const kind = ignoredKinds.find(([pattern]) => pattern.test(entry.name))?.[1];
    if (kind !== undefined) {
      const alike = ignored.get(kind);
      if (alike === undefined) ignored.set(kind, [entry]);
      else alike.push(entry);
    } else if (isImageName(entry.name)) images.set(entry.name, entry);
    else others.push(entry);
  }
  return { images, others, ignored };
}

/** One line a kind of ignored file, not one a file: a Mac's zip has one beside every image. */
export function reportIgnored(files: ExportFiles, report: (issue: IssueLine) => void): void {
  for (const [kind, entries] of files.ignored) {
    const found = `${entries.length} ${kind}`;
    report(issueOf("FileIgnored", { file: entries[0]?.name ?? "-", found, wanted: "images and labels" }));
  }
}

/** The first bytes of a file, at most `limit`. */
export async function readHead(entry: ExportEntry, limit: number): Promise<Uint8Array> {
  const head = new Uint8Array(limit);
  let at = 0;
  for await (const chunk of entry.stream()) {
    const part = chunk.subarray(0, limit - at);
    head.set(part, at);
    at += part.length;
    if (at === limit) break;
  }
  return head.subarray(0, at);
}
