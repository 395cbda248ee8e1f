// What an XML file is, from its first tags: CVAT for images or for video, or something else. Reads no further than it must.
import type { ExportEntry } from "../../../ports.ts";

export type XmlKind = "cvat-images" | "cvat-video" | "other";

/** The head of a CVAT file holds every class with its drawing; this is far more than any. */
const furthest = 64 * 1024 * 1024;
/** A tag may be cut between two chunks. */
const overlap = 16;

/** Name of the first element, past declaration, comments and instructions; null where the text ends before one. */
function rootOf(text: string): string | null {
  const plain = text.replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<![^>[]*>/g, "");
  return /<([A-Za-z_][\w.-]*)[\s/>]/.exec(plain)?.[1] ?? null;
}

export async function lookInto(entry: ExportEntry): Promise<XmlKind> {
  const decoder = new TextDecoder("utf-8");
  let text = "";
  let read = 0;
  let root: string | null = null;
  for await (const chunk of entry.stream()) {
    read += chunk.length;
    text += decoder.decode(chunk, { stream: true });
    root ??= rootOf(text);
    if (root !== null && root !== "annotations") return "other";
    if (/<track[\s>]/.test(text)) return "cvat-video";
    if (/<image[\s>]/.test(text)) return "cvat-images";
    if (read > furthest) return "other";
    if (root !== null) text = text.slice(-overlap);
  }
  return "other";
}
