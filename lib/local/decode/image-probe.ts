// The laptop's ImageProbe: batches of images go to worker threads, answers come back in the order of the images.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ImageProbe } from "../../core/ports.ts";
import type { Decoded } from "./decode-image.ts";
import type { Batch, ImageData } from "./worker.ts";

export interface ProbeOptions {
  /** What lies under a key: the path of a file, or its bytes. */
  readonly locate: (key: string) => ImageData | Promise<ImageData>;
  /** @default one a processor, eight at most */
  readonly threads?: number;
}

const imagesPerBatch = 16;
const mostThreads = 8;

interface Pending {
  readonly keys: readonly string[];
  readonly answers: Promise<readonly Decoded[]>;
}

/** One worker, which answers its batches in order. A thread that dies fails every batch it still has. */
class Thread {
  readonly #worker: Worker;
  readonly #waiting: { resolve: (answers: readonly Decoded[]) => void; reject: (error: Error) => void }[] = [];

  constructor(url: string, mark: string) {
    this.#worker = new Worker(new URL(url), { workerData: mark });
    this.#worker.on("message", (answers: readonly Decoded[]) => this.#waiting.shift()?.resolve(answers));
    const fail = (error: Error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    };
    this.#worker.on("error", fail);
    this.#worker.on("exit", (code) => fail(new Error(`a decoding thread ended with code ${code}`)));
  }

  decode(images: readonly ImageData[]): Promise<readonly Decoded[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Decoded[]>();
    this.#waiting.push({ resolve, reject });
    this.#worker.postMessage({ images } satisfies Batch);
    return promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Threads live as long as one call of `decode`; a batch waits where every thread has two. */
export function imageProbe({ locate, threads }: ProbeOptions): ImageProbe {
  const wanted = threads ?? Math.min(availableParallelism(), mostThreads);
  return {
    async *decode(images) {
      const { workerMark, workerUrl } = await import("./worker.ts");
      const pool: Thread[] = [];
      const pending: Pending[] = [];
      try {
        let sent = 0;
        for await (const keys of batches(images)) {
          const found: ImageData[] = [];
          for (const key of keys) found.push(await locate(key));
          if (pool.length < wanted) pool.push(new Thread(workerUrl, workerMark));
          const answers = pool[sent % pool.length]?.decode(found) ?? Promise.resolve([]);
          // Awaited below, in order; until then a failure must not count as unhandled.
          answers.catch(() => undefined);
          pending.push({ keys, answers });
          sent += 1;
          if (pending.length >= 2 * wanted) yield* settle(pending.shift());
        }
        while (pending.length > 0) yield* settle(pending.shift());
      } finally {
        await Promise.all(pool.map((thread) => thread.close()));
      }
    },
  };
}

async function* settle(batch: Pending | undefined) {
  if (batch === undefined) return;
  const answers = await batch.answers;
  for (const [index, key] of batch.keys.entries()) {
    const { phash, thumb, problem } = answers[index] ?? { phash: null, thumb: null, problem: "no answer" };
    yield { key, phash, thumb, problem };
  }
}

async function* batches(images: AsyncIterable<{ readonly key: string }>): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  for await (const { key } of images) {
    batch.push(key);
    if (batch.length < imagesPerBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
