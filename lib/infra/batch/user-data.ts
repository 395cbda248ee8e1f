// What a GPU machine does before it takes a job: shut the trainer off from the instance's credentials, make room on the fast disk.
// Batch merges it with its own, which it can only where it is MIME multipart.

/** The trainer's user and group, in the image and on the machine. */
export const trainerUid = 10_001;
export const scratchFolder = "/scratch";

/**
 * Batch runs containers in the host's network, where a hop limit protects nothing: an owner rule does. 169.254.170.2, the job's
 * own credentials, stays. A machine on which this fails must take no job, so it goes.
 */
export const bootScript = `#!/bin/bash
set -euo pipefail
trap 'shutdown --poweroff now' ERR
iptables --insert OUTPUT --destination 169.254.169.254 --match owner --uid-owner ${trainerUid} --jump REJECT
mkdir --parents ${scratchFolder}
disk=$(lsblk --noheadings --nodeps --paths --output NAME,MODEL | awk '/Instance Storage/ { print $1; exit }')
if [ -n "$disk" ]; then
  mkfs.xfs -f "$disk"
  mount --options noatime,nodev,nosuid "$disk" ${scratchFolder}
fi
chown ${trainerUid}:${trainerUid} ${scratchFolder}
chmod 0700 ${scratchFolder}
`;

const boundary = "==bobbin==";

export function userData(script: string): string {
  return [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    "",
    script.trimEnd(),
    "",
    `--${boundary}--`,
    "",
  ].join("\n");
}
