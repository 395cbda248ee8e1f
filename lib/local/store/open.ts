// The laptop's two buckets and its work folder: `data`, `registry` and `work` side by side in the store.
import path from "node:path";
import type { Stores } from "../../core/ports.ts";
import { type FolderStore, openFolderStore } from "./folder-store.ts";

export interface LocalStores extends Stores {
  readonly data: FolderStore;
  readonly registry: FolderStore;
}

/** @throws StoreUnusable */
export function openStores(folder: string): LocalStores {
  return {
    data: openFolderStore(path.join(folder, "data"), { deferred: ["frames/"] }),
    registry: openFolderStore(path.join(folder, "registry")),
  };
}

/** Where a run's job folders, checkpoints and claims lie; nothing in it is a document. */
export function workFolder(folder: string, runId: string): string {
  return path.join(path.resolve(folder), "work", runId);
}
