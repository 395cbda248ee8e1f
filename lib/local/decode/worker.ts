// One worker thread: takes batches of images, reads them synchronously, decodes them one after the other, answers in order.
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Decoded } from "./decode-image.ts";

/** Marks a thread as ours. */
export const workerMark = "bobbin decode worker";
/** Where this file lies, also when it was bundled. */
export const workerUrl = import.meta.url;

/** A file to read, or the bytes themselves. */
export type ImageData = string | Uint8Array;

export interface Batch {
  readonly images: readonly ImageData[];
}

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const { decodeImage } = await import("./decode-image.ts");
  const decode = async (image: ImageData): Promise<Decoded> => {
    if (typeof image !== "string") return decodeImage(image);
    return decodeImage(readFileSync(image));
  };
  let queue = Promise.resolve();
  port.on("message", ({ images }: Batch) => {
    queue = queue.then(async () => {
      const answers: Decoded[] = [];
      for (const image of images) answers.push(await decode(image));
      port.postMessage(answers);
    });
  });
}

if (!isMainThread && workerData === workerMark && parentPort !== null) await serve(parentPort);
