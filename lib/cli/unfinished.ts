// Remembers, beside the config, a zip that is on its way into a stack: typed again after the line broke, `bobbin upload` goes on.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Unfinished } from "../aws/send-zip.ts";
import { unfinishedUpload } from "../contracts/cloud-run.ts";
import type { UploadPlace } from "../contracts/layout.ts";

/** @param path of the zip @param to the stack it goes to, and where in it: what is to be measured must not go on as what is trained on */
export function unfinishedOf(
  configFile: string,
  path: string,
  to: { readonly stack: string; readonly place: UploadPlace },
): Unfinished {
  const name = createHash("sha256")
    .update(JSON.stringify([to.stack, to.place, resolve(path)]))
    .digest("hex");
  const file = join(dirname(configFile), ".bobbin/uploads", `${name}.json`);
  return {
    async load() {
      const text = await readFile(file, "utf8").catch(() => null);
      if (text === null) return null;
      try {
        return unfinishedUpload.parse(JSON.parse(text));
      } catch {
        // Half written, or another version's: the zip is sent from its beginning, which loses nothing but time.
        return null;
      }
    },
    async save(upload) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify(upload));
    },
    clear: () => rm(file, { force: true }),
  };
}
