"""Reads a role's own policy, or puts another in its place: `role_policy.py get|put ROLE POLICY`, the document as JSON.

The trainer's environment has an SDK with IAM in it; the project's packages have none, since no program asks IAM.
"""

import json
import sys

import boto3

verb, role, policy = sys.argv[1:]
iam = boto3.client("iam", region_name="us-east-1")
name = {"RoleName": role, "PolicyName": policy}
if verb == "get":
    json.dump(iam.get_role_policy(**name)["PolicyDocument"], sys.stdout)
else:
    iam.put_role_policy(**name, PolicyDocument=sys.stdin.read())
