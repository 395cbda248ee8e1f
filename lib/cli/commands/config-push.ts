// bobbin config push: how the uploads of a data set are to be run in the cloud, frozen from bobbin.json and what lies beside it.
import type { ConfigPushAnswer } from "../../contracts/answers.ts";
import type { FrozenProject } from "../../contracts/cloud-run.ts";
import { dataKeys } from "../../contracts/layout.ts";
import { documentBytes } from "../../core/registry/cas.ts";
import { classNames } from "../class-names.ts";
import type { Context } from "../context.ts";
import { openStack } from "../context.ts";
import { loadProject } from "../project.ts";

export interface ConfigPushOptions {
  readonly device: FrozenProject["device"];
  readonly decode: boolean;
  readonly recipe?: string;
  readonly names?: string;
}

export async function configPush(context: Context, _: readonly [], options: ConfigPushOptions): Promise<number> {
  const { config, groupTable, recipe, recipeSha256, configSha256, bobbin } = await loadProject(
    context.configFile,
    options.recipe,
  );
  const { stores } = await openStack(context);
  const project: FrozenProject = {
    schema: "bobbin/project/1",
    ...{ config, groupTable, recipe, bobbin },
    names: classNames(options.names) ?? config.names ?? null,
    decode: options.decode,
    device: options.device,
  };
  const key = dataKeys.config(config.dataset);
  const body = documentBytes(project);
  const before = await stores.data.head(key);
  if (before === null) await stores.data.create(key, body);
  else await stores.data.replace(key, body, before.etag);
  const answer: ConfigPushAnswer = {
    schema: "bobbin/answer-config-push/1",
    ...{ key, dataset: config.dataset, configSha256, recipe: recipe.name, recipeSha256 },
  };
  context.out.answer(answer, () => [
    `Uploads to incoming/${config.dataset}/ are trained by recipe ${recipe.name} from now on (${key}).`,
  ]);
  return 0;
}
