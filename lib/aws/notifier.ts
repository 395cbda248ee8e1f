// Tells people by the topic that they subscribe to.
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Notifier } from "../core/ports.ts";

/** A subject of SNS: printable ASCII, at most 100 characters. */
const subjectOf = (text: string) => text.replace(/[^ -~]/g, "?").slice(0, 100);
/** SNS takes 256 KB; nobody reads as much in an e-mail. */
const mostCharacters = 20_000;

export function snsNotifier(client: SNSClient, topicArn: string): Notifier {
  return {
    async tell(subject, text) {
      const Message = text.slice(0, mostCharacters);
      await client.send(new PublishCommand({ TopicArn: topicArn, Subject: subjectOf(subject), Message }));
    },
  };
}
