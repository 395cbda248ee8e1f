// Which model is in use: the pointer of the registry, or the starting weights where nothing was promoted yet.
import { registryKeys } from "../../contracts/layout.ts";
import { production } from "../../contracts/release.ts";
import type { ObjectStore } from "../ports.ts";
import { findDocument } from "./cas.ts";

/** `base`, or the version in use. @throws ObjectCorrupt */
export async function modelInUse(registry: ObjectStore, model: string): Promise<string> {
  return (await findDocument(registry, registryKeys.production(model), production))?.value.current ?? "base";
}
