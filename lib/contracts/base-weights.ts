// Starting weights: which file a name means in this store, and whether it is an official one.
import * as z from "zod";
import { count, document, isoTime, sha256 } from "./common.ts";

/** What starting weights are called, e.g. yolov8n: the name of their architecture. */
export const baseWeightsName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);

export const baseWeights = document(
  "bobbin/base-weights/1",
  "base/names/<name>.json: the file a name of starting weights means; its bytes lie under base/<sha256>.pt.",
  z.strictObject({
    schema: z.literal("bobbin/base-weights/1"),
    name: baseWeightsName,
    sha256,
    bytes: count,
    /** True where the digest is one of those that two independent public sources give for this name. */
    official: z.boolean(),
    /** Base name of the file as it was handed in, for people. */
    file: z.string(),
    addedAt: isoTime,
  }),
);
export type BaseWeights = z.infer<typeof baseWeights>;
