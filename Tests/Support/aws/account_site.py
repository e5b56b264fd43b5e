"""Furnishes a moto with an IAM user who has access keys, and a function with a queue and a log, as a test asks for.

usage: account_site.py MOTO_URL < {"keys": ["Active", "Inactive"], "relay": password or null, "function": {…} or null}

The function: {"name", "runtime", "timeout", "variables": {…}, "visibility": seconds, "errors": [lines], "isEnabled": bool}.
Writes {"keys": [ID, …]}.
"""

import io
import json
import sys
import time
import zipfile

import boto3

moto, task = sys.argv[1], json.load(sys.stdin)
region = "us-west-2"


def client(service):
    return boto3.client(
        service, region_name=region, endpoint_url=moto, aws_access_key_id="test", aws_secret_access_key="test"
    )


iam = client("iam")
keys = []
if task["keys"]:
    iam.create_user(UserName="relay")
for status in task["keys"]:
    key = iam.create_access_key(UserName="relay")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="relay", AccessKeyId=key, Status=status)
    keys.append(key)

if task.get("relay"):
    client("ssm").put_parameter(
        Name="/jada-blast/relay", Type="SecureString", Value=f"AKIAIOSFODNN7EXAMPLE:{task['relay']}"
    )

function = task.get("function")
if function:
    trust = {"Version": "2012-10-17", "Statement": []}
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "")
    functions = client("lambda")
    functions.create_function(
        FunctionName=function["name"],
        Runtime=function["runtime"],
        Role=role,
        Handler="sender",
        Code={"ZipFile": package.getvalue()},
        Timeout=function["timeout"],
        MemorySize=256,
        Environment={"Variables": function["variables"]},
    )
    queues = client("sqs")
    url = queues.create_queue(
        QueueName="shards", Attributes={"VisibilityTimeout": str(function["visibility"])}
    )["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function["name"], Enabled=function["isEnabled"]
    )
    logs, group = client("logs"), f"/aws/lambda/{function['name']}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="1")
    now = int(time.time() * 1000)
    lines = [{"timestamp": now - 1000 * number, "message": line} for number, line in enumerate(function["errors"])]
    if lines:
        logs.put_log_events(
            logGroupName=group, logStreamName="1", logEvents=sorted(lines, key=lambda line: line["timestamp"])
        )

json.dump({"keys": keys}, sys.stdout)
