// Folders that Ultralytics takes for parts of a classification data set: read by that name, and never written as a class.

/** As Ultralytics names parts, and what we call them. */
export const partNames: Readonly<Record<string, string>> = {
  train: "train",
  val: "val",
  valid: "val",
  validation: "val",
  test: "test",
};
