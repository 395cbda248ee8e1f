// YOLO 1.1 as CVAT calls it: the layout of darknet, with obj.data, obj.names and lists of images.
import type { Format } from "../reader.ts";
import { isDarknet, openYolo, reasonOf, surveyOf } from "./yolo/open.ts";

const title = "YOLO 1.1 (darknet)";

export const darknetYolo: Format = {
  id: "darknet-yolo",
  title,
  async detect(source) {
    const survey = await surveyOf(source);
    const why = isDarknet(survey) ? await reasonOf(survey) : null;
    return why === null ? null : { format: title, why };
  },
  open: openYolo,
};
