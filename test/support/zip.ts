// Zips for tests and samples: the same files give the same bytes, on every machine and in every time zone.
import type { ZipFile as ZipFileType } from "yazl";
import { ZipFile } from "yazl";

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Default: text is deflated, everything else stored. */
  readonly compress?: boolean;
}

/** DOS time has no zone, so the fixed moment is written in local time, and without the field that holds UTC. */
const fixedTime = () => new Date(2000, 0, 1, 0, 0, 0);

/** Writes the entries in their order. */
export async function zipOf(entries: readonly ZipEntry[]): Promise<Buffer> {
  const zip: ZipFileType = new ZipFile();
  for (const { name, bytes, compress } of entries) {
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name, {
      mtime: fixedTime(),
      forceDosTimestamp: true,
      mode: 0o100644,
      compress: compress ?? /\.(xml|txt|ya?ml|json|names|data)$/.test(name),
    });
  }
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
