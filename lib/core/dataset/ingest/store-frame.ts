// Stores an image under its own hash, once: one that is there already is the same image.
import { isBobbinError } from "../../../contracts/errors.ts";
import { dataKeys } from "../../../contracts/layout.ts";
import type { ObjectStore } from "../../ports.ts";

export type PutFrame = (sha256: string, ext: string, bytes: Uint8Array) => Promise<void>;

export function storeFrame(store: ObjectStore): PutFrame {
  return async (sha256, ext, bytes) => {
    try {
      await store.create(dataKeys.frame(sha256, ext), bytes);
    } catch (error) {
      if (!isBobbinError(error, "ObjectExists")) throw error;
    }
  };
}
