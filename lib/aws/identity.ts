// Who asks AWS, and the errors by which AWS says that it does not know.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { BobbinError } from "../contracts/errors.ts";

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

/** @throws CredentialsMissing */
export async function callerIdentity(region: string): Promise<Identity> {
  const sts = new STSClient({ region });
  try {
    const { Account: account = "", Arn: arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
    return { account, arn };
  } catch (error) {
    throw credentialsError(error) ?? error;
  } finally {
    sts.destroy();
  }
}

/** Null where the trouble is another one. */
export function credentialsError(error: unknown): BobbinError | null {
  if (!(error instanceof Error) || !/Credential|Token|SignatureDoesNotMatch|AccessDenied/.test(error.name)) return null;
  return new BobbinError("CredentialsMissing", { problem: error.message }, { cause: error });
}
