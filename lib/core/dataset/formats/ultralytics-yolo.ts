// Ultralytics YOLO: images, a text file of labels each, and mostly a data.yaml. Also Roboflow's folders.
import type { Format } from "../reader.ts";
import { isDarknet, openYolo, reasonOf, surveyOf } from "./yolo/open.ts";

const title = "Ultralytics YOLO";

export const ultralyticsYolo: Format = {
  id: "ultralytics-yolo",
  title,
  async detect(source) {
    const survey = await surveyOf(source);
    const why = isDarknet(survey) ? null : await reasonOf(survey);
    return why === null ? null : { format: title, why };
  },
  open: openYolo,
};
