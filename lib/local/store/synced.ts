// Folders that a cloud drive keeps in step with other machines. Such a program renames, copies and half-loads files behind
// the store's back, so two machines could both win a compare-and-swap.
import path from "node:path";

const drives: readonly [RegExp, string][] = [
  [/^onedrive(?: - .*)?$/i, "OneDrive"],
  [/^dropbox(?: \(.*\))?$/i, "Dropbox"],
  [/^(?:google ?drive|my drive|googledrive-.*)$/i, "Google Drive"],
  [/^(?:icloud ?drive|mobile documents|com~apple~clouddocs)$/i, "iCloud Drive"],
  [/^(?:nextcloud|owncloud)$/i, "Nextcloud"],
  [/^(?:box|box sync)$/i, "Box"],
  [/^(?:pcloud ?drive|syncthing|sync|megasync|seafile)$/i, "a synced folder"],
];

/** Which cloud drive the folder seems to lie in, by its path; null where none is seen. */
export function syncedBy(folder: string): string | null {
  for (const segment of path.resolve(folder).split(/[/\\]/)) {
    const found = drives.find(([pattern]) => pattern.test(segment));
    if (found !== undefined) return found[1];
  }
  return null;
}
