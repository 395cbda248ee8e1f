// Work folders that a process left behind when it was killed: whoever comes next clears them, and ends what still works in them.
import fs from "node:fs";
import path from "node:path";
import { runOfKey } from "../../contracts/layout.ts";
import { endOrphans } from "../jobs/child.ts";
import { isAbandoned } from "./claim.ts";

/** Folders of one work folder in which a trainer works. */
const jobFolders = ["train", "predict"];

/**
 * @param parent holds work folders, each named by its run id
 * @param isKept whether somebody may still go on with it
 */
export async function clearAbandoned(parent: string, isKept: (runId: string) => Promise<boolean>): Promise<void> {
  if (!fs.existsSync(parent)) return;
  for (const name of fs.readdirSync(parent)) {
    const folder = path.join(parent, name);
    if (runOfKey(`runs/${name}/`) === null || !isAbandoned(folder) || (await isKept(name))) continue;
    for (const job of jobFolders.map((kind) => path.join(folder, kind))) {
      if (fs.existsSync(job)) await endOrphans(job);
    }
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
