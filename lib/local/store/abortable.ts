// Stores that stop answering once a run is told to stop. A step notices at its next read or write, a frame later at most;
// what was asked before is done whole, so nothing is torn.

import type { FolderStore } from "./folder-store.ts";
import type { LocalStores } from "./open.ts";

export function abortableStores({ data, registry }: LocalStores, signal: AbortSignal): LocalStores {
  return { data: abortable(data, signal), registry: abortable(registry, signal) };
}

function abortable(store: FolderStore, signal: AbortSignal): FolderStore {
  const guarded =
    <A extends unknown[], R>(work: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      signal.throwIfAborted();
      return work(...given);
    };
  return {
    get: guarded((key) => store.get(key)),
    head: guarded((key) => store.head(key)),
    create: guarded((key, body) => store.create(key, body)),
    replace: guarded((key, body, etag) => store.replace(key, body, etag)),
    stream: (key, start, end) => until(store.stream(key, start, end), signal),
    list: (prefix) => until(store.list(prefix), signal),
    readPath(key) {
      signal.throwIfAborted();
      return store.readPath(key);
    },
    linker() {
      const link = store.linker();
      return (key, file) => {
        signal.throwIfAborted();
        link(key, file);
      };
    },
  };
}

async function* until<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}
