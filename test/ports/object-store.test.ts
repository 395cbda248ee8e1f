// The behaviour suite of ObjectStore on every implementation, also behind a slow line.

import { openFolderStore } from "../../lib/local/store/folder-store.ts";
import { FaultyStore } from "../support/faulty-store.ts";
import { freshFolder } from "../support/folder.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { objectStoreSuite } from "./object-store.ts";

objectStoreSuite("a folder", () => openFolderStore(freshFolder()));
objectStoreSuite("a folder that flushes later", () => openFolderStore(freshFolder(), { deferred: ["a/", "k"] }));
objectStoreSuite("the memory store", () => new MemoryStore());
objectStoreSuite(
  "a slow folder",
  () =>
    new FaultyStore(openFolderStore(freshFolder()), [
      { operation: "create", kind: "slow", times: 3 },
      { operation: "replace", kind: "slow", times: 3 },
    ]),
);
