// A release and its signature; the pointer to the one in use.
import * as z from "zod";
import { count, device, document, fileEntry, isoTime, microDollars, runId, sha256, slug, task } from "./common.ts";
import { measuredBefore } from "./measurement.ts";

export const releaseVersion = z.string().regex(/^v(0|[1-9][0-9]*)(\.[1-9][0-9]*)?$/);

export const release = document(
  "bobbin/release/1",
  "release.json: the digest of everything a release is made of and came from. Written last.",
  z.strictObject({
    schema: z.literal("bobbin/release/1"),
    project: slug,
    model: slug,
    version: releaseVersion,
    previous: releaseVersion.nullable(),
    createdAt: isoTime,
    runId,
    task,
    architecture: z.string(),
    classes: z.array(z.string()),
    dataset: z.strictObject({
      name: slug,
      version: z.string(),
      manifestSha256: sha256,
      frames: count,
      boxes: count,
      groups: count,
    }),
    testSet: z.strictObject({ version: z.string(), sha256, frames: count }),
    deploymentTest: z.strictObject({ sha256, frames: count }).optional(),
    split: z.strictObject({ sha256, seed: count }),
    recipe: z.strictObject({ name: z.string(), number: z.string().regex(/^r[1-9][0-9]*$/), sha256 }),
    config: z.strictObject({ sha256 }),
    base: z.strictObject({ name: z.string(), sha256, official: z.boolean() }),
    trainer: z.strictObject({
      version: z.string(),
      ultralytics: z.string(),
      torch: z.string(),
      python: z.string(),
      device,
      lockSha256: sha256.nullable(),
    }),
    /** Version of Bobbin, and the commit of its checkout where there is one. */
    bobbin: z.strictObject({ version: z.string(), commit: z.string().nullable() }),
    jobs: z.strictObject({ trainSeconds: z.number(), predictSeconds: z.number(), attempts: count }),
    /** Stage A, before a first training; null: nobody had measured. */
    measured: measuredBefore.nullable().optional(),
    cost: z.strictObject({ promised: microDollars, settled: microDollars.nullable() }),
    verdict: z.strictObject({ decision: z.enum(["promote", "hold", "inconclusive"]), reason: z.string() }),
    /** Every file of the release but release.json and release.sig.json, sorted by name. */
    files: z.array(fileEntry).min(1),
  }),
);
export type Release = z.infer<typeof release>;

/** DSSE 1.0 envelope, https://github.com/secure-systems-lab/dsse. */
export const envelope = document(
  "bobbin/envelope/1",
  "release.sig.json: DSSE envelope over an in-toto statement that names release.json's digest.",
  z.strictObject({
    payloadType: z.literal("application/vnd.in-toto+json"),
    payload: z.base64(),
    signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })).length(1),
  }),
);
export type Envelope = z.infer<typeof envelope>;

/** in-toto Statement v1 with a SLSA provenance v1 predicate; kept under 3.5 KB so that KMS can sign it RAW. */
export const statement = z.strictObject({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z.array(z.strictObject({ name: z.literal("release.json"), digest: z.strictObject({ sha256 }) })).length(1),
  predicateType: z.literal("https://slsa.dev/provenance/v1"),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: z.string(),
      externalParameters: z.record(z.string(), z.unknown()),
      resolvedDependencies: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256 }) })),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: z.string() }),
      metadata: z.strictObject({ invocationId: z.string(), startedOn: isoTime, finishedOn: isoTime }),
    }),
  }),
});
export type Statement = z.infer<typeof statement>;

export const production = document(
  "bobbin/production/1",
  "The pointer to the release in use, and all its moves.",
  z.strictObject({
    schema: z.literal("bobbin/production/1"),
    current: z.union([z.literal("base"), releaseVersion]),
    moves: z.array(z.strictObject({ at: isoTime, to: z.string(), by: z.string(), reason: z.string() })),
    nonce: z.string(),
  }),
);

export const edgeBuild = document(
  "bobbin/edge-build/1",
  "edge_build_<version>.json: what to build on which device, and how. Engines are never built here.",
  z.strictObject({
    schema: z.literal("bobbin/edge-build/1"),
    version: releaseVersion,
    onnx: fileEntry,
    input: z.strictObject({ imgsz: count, layout: z.literal("NCHW"), channels: z.literal("RGB"), scale: z.string() }),
    classes: z.array(z.string()),
    targets: z.array(
      z.strictObject({
        device: z.string(),
        jetpack: z.string(),
        tensorrt: z.string(),
        precision: z.enum(["fp16", "fp32", "int8"]),
        command: z.string(),
        notes: z.string(),
      }),
    ),
  }),
);
