// A release where it lies in a registry, as what checks it reads it.
import { registryKeys } from "../contracts/layout.ts";
import type { Release } from "../contracts/release.ts";
import type { ObjectStore } from "../core/ports.ts";
import type { ReleaseReader } from "../core/registry/verify.ts";

export function releaseIn(
  registry: ObjectStore,
  { model, version }: Pick<Release, "model" | "version">,
): { readonly place: string; readonly reader: ReleaseReader } {
  const place = registryKeys.release(model, version);
  return {
    place,
    reader: {
      async list() {
        const names: string[] = [];
        for await (const { key } of registry.list(place)) names.push(key.slice(place.length));
        return names;
      },
      read: (name) => registry.stream(`${place}${name}`),
    },
  };
}
