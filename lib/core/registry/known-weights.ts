// Starting weights whose official files are known by digest. A digest stands here only where two independent public sources give it.
// Release v8.4.0 of github.com/ultralytics/assets: github.com/datamarkin/mozo (tools/fetch/yolov8.py, tools/fetch/yolov11.py) and
// github.com/OscarKing888/SuperBirdTools (bird_sharpness/model_catalog.py, with sizes); YOLO11 n, s and m besides these
// github.com/andrewkang12345/sports_reID (scripts/download_checkpoints.py).
// The older YOLOv8 files, as huggingface.co/Ultralytics/YOLOv8 has them: github.com/devilyouwei/hugging-mac (revision 8a9e1a5, with
// sizes); n also in github.com/GeoBot985/TraffiCount (src/download_obj_detector.py); n, s and m also in the table
// OFFICIAL_YOLO_HASHES of a public surveillance project, which lists both generations as above.

/** Official SHA-256 digests by name. Ultralytics has replaced files under the same name, so a name may have several. */
export const knownWeights: Readonly<Record<string, readonly string[]>> = {
  yolov8n: [
    // 6,549,796 bytes
    "f59b3d833e2ff32e194b5bb8e08d211dc7c5bdf144b90d2c8412c47ccfc83b36",
    // 6,534,387 bytes
    "31e20dde3def09e2cf938c7be6fe23d9150bbbe503982af13345706515f2ef95",
  ],
  yolov8s: [
    // 22,588,772 bytes
    "1f47a78bf100391c2a140b7ac73a1caae18c32779be7d310658112f7ac9aa78a",
    // 22,573,363 bytes
    "268e5bb54c640c96c3510224833bc2eeacab4135c6deb41502156e39986b562d",
  ],
  yolov8m: [
    // 52,136,884 bytes
    "5d4a90cdc7a21786cc59cd19778e9eafff836df9e2da32524737c7ee6efe4fe5",
    // 52,117,635 bytes
    "6c25b0b63b1a433843f06d821a9ac1deb8d5805f74f0f38772c7308c5adc55a5",
  ],
  // 87,792,836 bytes
  yolov8l: ["64c9115303f6a25575f82200d1b22ec409fa6bd7d08d0313884fc20d919478cd"],
  // 136,890,692 bytes
  yolov8x: ["3df4ada6b4dad6d657868f2fdf7faecfb34dcfccf3a25c4b82079064718524c8"],
  // 5,613,764 bytes
  yolo11n: ["0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1"],
  // 19,313,732 bytes
  yolo11s: ["85a76fe86dd8afe384648546b56a7a78580c7cb7b404fc595f97969322d502d5"],
  // 40,684,120 bytes
  yolo11m: ["d5ffc1a674953a08e11a8d21e022781b1b23a19b730afc309290bd9fb5305b95"],
  // 51,387,343 bytes
  yolo11l: ["9ebd0e09d59811db4b1d61e2bc6730649608b1ac47f8dd01e2da6bca7c20023f"],
  // 114,636,239 bytes
  yolo11x: ["7bc158aa95c0ebfdd87f70f01653c1131b93e92522dbe15c228bcd742e773a24"],
};
