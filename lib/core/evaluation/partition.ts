// Frames shared out under names: the groups of a part, the values of an attribute.

export interface Partition {
  readonly names: readonly string[];
  /** By frame: index of its name; -1: in none. */
  readonly keyOfFrame: Int32Array;
}
