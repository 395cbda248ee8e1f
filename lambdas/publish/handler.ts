// The state Publish: the release, its report and its signature. Draws charts and pictures, so it is the largest function.
import { publish } from "../../lib/core/steps/publish.ts";
import type { PublishOutput } from "../../lib/core/steps/types.ts";
import { pages, pictures } from "../../lib/report/pages.ts";
import { openSigner, stores } from "../ports.ts";
import { step } from "../step.ts";

export const handler = step<PublishOutput>("Publish", async (input) =>
  publish(input, { stores, signer: await openSigner(), pages, pictures }),
);
