// The calls that the adapters of lib/aws really make, taken from the SDK's own requests, as IAM sees them.
import type { KMSClient } from "@aws-sdk/client-kms";
import { type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import type { SFNClient } from "@aws-sdk/client-sfn";
import { type Action, arns } from "./bobbin.ts";
import type { Context } from "./match.ts";

interface Input {
  readonly Bucket?: string;
  readonly Key?: string;
  readonly VersionId?: string;
  readonly Prefix?: string;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  readonly MessageType?: string;
  readonly SigningAlgorithm?: string;
  readonly executionArn?: string;
  readonly stateMachineArn?: string;
}

const throughS3 = (name: string): Action => ({
  action: `kms:${name}`,
  resource: arns.dataKey,
  context: { "kms:ViaService": "s3.us-east-1.amazonaws.com" },
});

/** The conditions of a write, as S3 hands them to IAM. */
function conditions({ IfMatch, IfNoneMatch }: Input, creates: boolean): Context {
  return {
    "s3:ObjectCreationOperation": String(creates),
    ...(IfMatch === undefined ? {} : { "s3:if-match": IfMatch }),
    ...(IfNoneMatch === undefined ? {} : { "s3:if-none-match": IfNoneMatch }),
  };
}

/** What IAM is asked for one command. A command that is not here fails the test that made it. */
function actionsOf(command: string, input: Input, bucket: string): readonly Action[] {
  const at = (action: string, context: Context = {}): Action => ({
    action: `s3:${action}`,
    resource: `${bucket}/${input.Key}`,
    context,
  });
  const of = (action: string, resource = "", context: Context = {}): Action => ({ action, resource, context });
  const encrypt = throughS3("GenerateDataKey");
  const decrypt = throughS3("Decrypt");
  switch (command.replace(/Command$/, "")) {
    case "GetObject":
    case "HeadObject":
      return [at(input.VersionId === undefined ? "GetObject" : "GetObjectVersion"), decrypt];
    case "PutObject":
      return [at("PutObject", conditions(input, true)), encrypt];
    case "CreateMultipartUpload":
    case "UploadPart":
      return [at("PutObject", conditions({}, false)), encrypt, decrypt];
    case "CompleteMultipartUpload":
      return [at("PutObject", conditions(input, true)), decrypt];
    case "AbortMultipartUpload":
      return [at("AbortMultipartUpload")];
    case "ListObjectsV2":
      return [of("s3:ListBucket", bucket, { "s3:prefix": input.Prefix ?? "" })];
    case "GetPublicKey":
      return [of("kms:GetPublicKey", arns.signingKey)];
    case "Sign": {
      const { MessageType = "", SigningAlgorithm = "" } = input;
      const context = { "kms:MessageType": MessageType, "kms:SigningAlgorithm": SigningAlgorithm };
      return [of("kms:Sign", arns.signingKey, context)];
    }
    case "StartExecution":
      return [of("states:StartExecution", input.stateMachineArn)];
    case "StopExecution":
    case "DescribeExecution":
    case "GetExecutionHistory":
      return [of(`states:${command.replace(/Command$/, "")}`, input.executionArn)];
    default:
      throw new RangeError(`nobody has said what IAM asks for ${command}`);
  }
}

/** Writes down what a client asks from now on. @param buckets ARN in policies/ by the bucket's name in the test */
export function recordSdk(
  client: S3Client | KMSClient | SFNClient,
  into: Action[],
  buckets: Readonly<Record<string, string>> = {},
): void {
  // The stacks of all clients have this much in common.
  const stack = client.middlewareStack as S3Client["middlewareStack"];
  stack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const input = args.input as Input;
        const bucket = buckets[input.Bucket ?? ""] ?? "";
        into.push(...actionsOf(commandName, input, bucket));
        try {
          return await next(args);
        } catch (error) {
          // S3 says what is missing only to who may list.
          const missing = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
          if (missing) into.push({ action: "s3:ListBucket", resource: bucket });
          throw error;
        }
      },
    { step: "initialize", name: "record-calls" },
  );
}
