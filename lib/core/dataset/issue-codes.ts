// Every thing that reading and checking may find, once: what it means and what is done about it.
// `refused` ends the run; `dropped` leaves the label out and lists it; `repaired` changes it and lists it; `noted` changes nothing.
import type { IssueLine } from "../../contracts/dataset.ts";

interface CodeSpec {
  readonly action: IssueLine["action"];
  readonly meaning: string;
}

export const issueCodes = {
  // The archive
  FileIgnored: {
    action: "noted",
    meaning: "Files that are no part of a data set: what systems and caches leave behind.",
  },
  FileUnused: { action: "noted", meaning: "A file that the format has no place for; nothing was read from it." },

  // Frames
  FrameNameInvalid: {
    action: "refused",
    meaning: "The name of a frame leads out of the export or holds control characters.",
  },
  FrameTwice: { action: "refused", meaning: "Two frames of one name: nobody can say whose labels are meant." },
  FrameNotListed: {
    action: "noted",
    meaning: "An image that the label file does not mention: no label, and no background either.",
  },
  FrameLeftOut: {
    action: "dropped",
    meaning: "An image with labels that no part of data.yaml names, where every part was found.",
  },
  ImageMissing: {
    action: "noted",
    meaning: "A frame that the labels mention and that has no image in this export, though others have.",
  },
  FrameOutOfRange: { action: "refused", meaning: "A shape in a frame that its video does not have." },
  ImageNeeded: {
    action: "refused",
    meaning:
      "Labels that can only be written with their image, which is not in the export: nothing else says its size.",
  },
  PartUnresolved: {
    action: "noted",
    meaning: "A part that data.yaml names leads nowhere in the export, so that images are taken wherever they lie.",
  },

  // Label files
  LabelFileMissing: {
    action: "noted",
    meaning: "An image without label file: taken as not labelled, not as background. An empty file means background.",
  },
  LabelFileShared: { action: "refused", meaning: "One label file serves two images of the same stem." },
  LabelFileUnreadable: { action: "refused", meaning: "A label file is too large for what it should be." },
  LabelWithoutImage: { action: "dropped", meaning: "A label file whose image is not in the export." },
  ByteOrderMark: {
    action: "repaired",
    meaning: "A label file begins with a byte order mark, at which Ultralytics would fail; it was taken off.",
  },
  ClassCountMismatch: {
    action: "noted",
    meaning: "data.yaml says another number of classes than it names; the names count.",
  },
  DarknetLayout: {
    action: "noted",
    meaning:
      "A darknet layout (obj.data). CVAT's YOLO 1.1 export writes nothing for rotated boxes and polygons: labels may have been lost before.",
  },
  PoseLabels: {
    action: "noted",
    meaning: "The label lines hold key points: kept as skeletons, with the box of the line.",
  },
  QuadLabels: {
    action: "noted",
    meaning: "Lines of four corners: read as polygons. Oriented boxes look the same; their bounding box is too.",
  },

  ImageIdTwice: { action: "refused", meaning: "Two images of one id: nobody can say whose labels are meant." },
  ImageIdUnknown: { action: "refused", meaning: "An annotation of an image that its file does not list." },
  OpinionsDiffer: {
    action: "refused",
    meaning: "Several people labelled one image and nothing says whose labels count.",
  },
  OpinionKept: {
    action: "noted",
    meaning: "Another person labelled this image otherwise: both are kept, and one of them is trained on.",
  },
  LabelsGoneWithImage: {
    action: "noted",
    meaning:
      "An image of this name and other bytes came without labels: those that were drawn on the one before are gone.",
  },
  LabelsGone: { action: "noted", meaning: "A frame that had labels has none any more, as the export says." },
  CrowdRegion: {
    action: "noted",
    meaning: "COCO's regions of many objects in one: kept as masks with the attribute `iscrowd`, and never made a box.",
  },
  MaskOutlined: {
    action: "noted",
    meaning:
      "Masks of pixels, kept as outlines along the edges of their pixels: drawn again they are the mask. A hole is joined to its part by a bridge of no width.",
  },
  MaskTooFine: {
    action: "noted",
    meaning: "A mask with more corners than a drawing has, such as noise: its box is kept, and no outline.",
  },

  // Labels
  LabelUnreadable: {
    action: "refused",
    meaning: "A label that cannot be read: columns, numbers or elements missing or malformed.",
  },
  LabelHasConfidence: {
    action: "refused",
    meaning: "A sixth column holds a confidence: a model's predictions, not labels.",
  },
  LabelNotRelative: {
    action: "refused",
    meaning: "Coordinates far above 1 where fractions of the image are wanted: most likely pixels.",
  },
  LabelKindUnknown: { action: "dropped", meaning: "A shape of a kind that Bobbin does not know." },
  LabelWithoutClass: { action: "dropped", meaning: "A shape whose class is empty." },
  ClassIdUnknown: { action: "refused", meaning: "A class id that no name belongs to." },
  BoxClipped: {
    action: "repaired",
    meaning: "A box that reaches over the border by at most 1 pixel or 1 % of that side: clipped.",
  },
  BoxOutsideImage: {
    action: "refused",
    meaning:
      "A box that reaches further over the border: most likely its labels were drawn on an image of another size.",
  },
  ShapeClipped: {
    action: "repaired",
    meaning: "A rotated box, polygon or other shape over the border: its bounding box was clipped, its vertices stay.",
  },
  ShapeOutsideImage: { action: "dropped", meaning: "A shape with nothing of it inside the image." },
  BoxEmpty: { action: "dropped", meaning: "A box without area: mostly a slip of the mouse." },
  BoxNotBounds: {
    action: "noted",
    meaning:
      "The box that a file gives for a polygon is not the polygon's, by more than a pixel and 1 %: what was drawn counts.",
  },
  ShapeConverted: {
    action: "noted",
    meaning: "Shapes that a conversion of the config makes boxes of: their bounding boxes are trained on and scored.",
  },
  ShapeNotTrained: {
    action: "noted",
    meaning:
      "Shapes that are no boxes and that no conversion of the config makes boxes of: kept, and trained on by nobody.",
  },
  ClassesSeveral: {
    action: "refused",
    meaning: "A frame of several of the project's classes, where the task classify wants one a frame.",
  },
  ClassNone: {
    action: "noted",
    meaning: "Labelled frames of none of the project's classes: classify neither trains on them nor scores them.",
  },
  BoxTiny: { action: "noted", meaning: "A box less than a pixel wide or high." },
  LabelDuplicate: { action: "dropped", meaning: "The same label again: same class, kind and place." },
  LabelNotFinite: { action: "refused", meaning: "A coordinate that is no finite number." },

  // Labels and image together
  SizeMismatch: { action: "refused", meaning: "The labels were drawn on an image of another size than the one here." },
  SizeUnturned: {
    action: "repaired",
    meaning:
      "The labels claim the size before the EXIF turn, so they were drawn on the unturned pixels: turned with the image.",
  },
  ImageTurned: {
    action: "noted",
    meaning: "The image has an EXIF turn; its labels are read on the turned image, as Ultralytics does.",
  },

  // Image files
  ImageBroken: {
    action: "refused",
    meaning: "An image whose header or structure is broken, or that ends before its end mark.",
  },
  ImageUnsupported: { action: "refused", meaning: "An image of a kind that is not read." },
  ImageTooLarge: { action: "refused", meaning: "An image that declares more pixels than any camera has." },
  ImageTrailingBytes: {
    action: "repaired",
    meaning:
      "Bytes follow the image's end mark: cut off before it is stored. Ultralytics would otherwise compress such a JPEG anew, in place.",
  },
} as const satisfies Readonly<Record<string, CodeSpec>>;

export type IssueCode = keyof typeof issueCodes;

export interface IssuePlace {
  readonly file: string;
  readonly line?: number;
  readonly frame?: string;
  readonly found: string;
  readonly wanted: string;
  /** Labels that this line accounts for; default 0. */
  readonly labels?: number;
}

/** The line of issues.jsonl for a code; its action stands in the table above. */
export function issueOf(code: IssueCode, place: IssuePlace): IssueLine {
  return { code, action: issueCodes[code].action, ...place, labels: place.labels ?? 0 };
}
