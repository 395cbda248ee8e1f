// Starting weights whose official files are known by digest. A digest stands here only where two independent public sources give it.

/** Official SHA-256 digests by name. Ultralytics has replaced some files under the same name, so a name may have several. */
export const knownWeights: Readonly<Record<string, readonly string[]>> = {
  yolov8n: [
    "f59b3d833e2ff32e194b5bb8e08d211dc7c5bdf144b90d2c8412c47ccfc83b36",
    "31e20dde3def09e2cf938c7be6fe23d9150bbbe503982af13345706515f2ef95",
  ],
  yolo11n: ["0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1"],
  yolo11s: ["85a76fe86dd8afe384648546b56a7a78580c7cb7b404fc595f97969322d502d5"],
};
