// How large an archive and its parts may be before it is taken for an attack. Chosen far above any real export.

export const limits = {
  /** Entries in one archive. */
  entries: 4_000_000,
  /** Bytes of one entry that is read whole (an image, a label file); larger ones can only be streamed. */
  wholeBytes: 512 * 1024 * 1024,
  /** Up to this size an entry is inflated in one synchronous call, which is fastest. */
  atOnceBytes: 64 * 1024 * 1024,
  /** Real label files reach 1:60; deflate itself ends at 1:1032. Small entries are let be. */
  ratio: 500,
  ratioFromBytes: 1024 * 1024,
  /** Bytes of all entries together, unpacked. */
  totalBytes: 4 * 1024 ** 4,
} as const;
