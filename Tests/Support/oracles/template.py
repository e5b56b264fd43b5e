"""Prints what AWS would make of a SAM template, as far as tests ask: functions, roles, queues, the bucket, and what alarms
watch. The transform is AWS's own; intrinsic functions are resolved here. Policies are looked at by parliament, which knows
AWS's actions, the resources that each takes and the keys of conditions.

usage: template.py TEMPLATE '{"parameters": {NAME: VALUE}, "names": {LOGICAL ID: PHYSICAL NAME}, "urls": {QUEUE: URL}}'
"""

import json
import os
import re
import sys
import warnings

REGION, ACCOUNT = "us-west-2", "123456789012"
os.environ["AWS_DEFAULT_REGION"] = REGION

# Of pkg_resources, which parliament uses.
warnings.filterwarnings("ignore", category=UserWarning)
from parliament import analyze_policy_string  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::NoValue": None}
# The property that names a resource, and what stands before the name in its ARN.
KINDS = {
    "AWS::DynamoDB::Table": ("TableName", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"),
    "AWS::Events::Rule": ("Name", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/"),
    "AWS::IAM::Role": ("RoleName", f"arn:aws:iam::{ACCOUNT}:role/"),
    "AWS::Lambda::Function": ("FunctionName", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"),
    "AWS::Logs::LogGroup": ("LogGroupName", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::"),
    "AWS::SES::ConfigurationSet": ("Name", f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/"),
    "AWS::SNS::Topic": ("TopicName", f"arn:aws:sns:{REGION}:{ACCOUNT}:"),
    "AWS::SQS::Queue": ("QueueName", f"arn:aws:sqs:{REGION}:{ACCOUNT}:"),
}


class NoManagedPolicies:
    """The template writes its policies out, and asks for none of AWS's."""

    def load(self):
        return {}


class Stack:
    def __init__(self, template, parameters, names, urls):
        declared = template["Parameters"]
        self.parameters = {name: made.get("Default") for name, made in declared.items()} | parameters
        missing = [name for name, value in self.parameters.items() if value is None]
        if missing:
            sys.exit(f"parameters without a value: {', '.join(missing)}")
        # `sam deploy` uploads the package, and writes down where it is.
        template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/package"
        self.resources = transform(template, dict(self.parameters), NoManagedPolicies())["Resources"]
        self.conditions = template.get("Conditions", {})
        self.names, self.urls = names, urls
        made = {
            name: resource
            for name, resource in self.resources.items()
            if "Condition" not in resource or self.resolve(self.conditions[resource["Condition"]])
        }
        self.resources = made

    def of_kind(self, kind):
        return {
            name: self.resolve(resource["Properties"])
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def name_of(self, logical):
        resource = self.resources[logical]
        own = resource.get("Properties", {}).get(KINDS[resource["Type"]][0])
        return self.names.get(logical) or (self.resolve(own) if own else logical)

    def reference(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        match self.resources[name]["Type"]:
            case "AWS::SQS::Queue":
                return self.urls.get(name, f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self.name_of(name)}")
            case "AWS::SNS::Topic":
                return self.attribute(name, "Arn")
        return self.name_of(name)

    def attribute(self, name, attribute):
        kind = self.resources[name]["Type"]
        if attribute == "Arn":
            return KINDS[kind][1] + self.name_of(name) + (":*" if kind == "AWS::Logs::LogGroup" else "")
        if attribute == "QueueName":
            return self.name_of(name)
        if (kind, attribute) == ("AWS::Lambda::Url", "FunctionUrl"):
            return f"https://{name.lower()}.lambda-url.{REGION}.on.aws/"
        sys.exit(f"{name}.{attribute} is not known here")

    def substitute(self, text):
        def value(match):
            logical, _, attribute = match[1].partition(".")
            return str(self.attribute(logical, attribute) if attribute else self.reference(logical))

        return re.sub(r"\$\{([^}!]+)\}", value, text)

    def resolve(self, value):
        if isinstance(value, list):
            # AWS::NoValue takes an element out, as it does a member.
            return [resolved for element in value if (resolved := self.resolve(element)) is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            match function:
                case "Ref":
                    return self.reference(argument)
                case "Fn::GetAtt":
                    return self.attribute(*(argument if isinstance(argument, list) else argument.split(".", 1)))
                case "Fn::Sub":
                    return self.substitute(argument)
                case "Fn::If":
                    condition, yes, no = argument
                    return self.resolve(yes if self.resolve(self.conditions[condition]) else no)
                case "Fn::Equals":
                    left, right = self.resolve(argument)
                    return left == right
                case "Fn::Not":
                    return not self.resolve(argument[0])
        resolved = {name: self.resolve(member) for name, member in value.items()}
        return {name: member for name, member in resolved.items() if member is not None}


def listed(value):
    return value if isinstance(value, list) else [value]


def read(statements):
    """Statements with lists where the language leaves a choice."""
    return [
        {
            "effect": statement["Effect"],
            "principals": [name for kind in listed(statement.get("Principal", [])) for name in names_of(kind)],
            "actions": listed(statement["Action"]),
            "resources": listed(statement.get("Resource", [])),
            "conditions": {
                f"{operator} {key}": listed(values)
                for operator, tests in statement.get("Condition", {}).items()
                for key, values in tests.items()
            },
        }
        for statement in statements
    ]


def names_of(principal):
    if isinstance(principal, str):
        return [principal]
    return [name for names in principal.values() for name in listed(names)]


def policy_of(role):
    """All statements of a role, and as IAM takes them."""
    statements = [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return {
        "document": document,
        "managed": role.get("ManagedPolicyArns", []),
        "statements": read(statements),
        "findings": [f"{found.issue} {found.detail}" for found in analyze_policy_string(document).findings],
        "assumedBy": read(role["AssumeRolePolicyDocument"]["Statement"]),
    }


settings = json.loads(sys.argv[2])
stack = Stack(
    yaml_parse(open(sys.argv[1]).read()), settings["parameters"], settings.get("names", {}), settings.get("urls", {})
)
policies = {name: policy_of(role) for name, role in stack.of_kind("AWS::IAM::Role").items()}
roles = {stack.attribute(name, "Arn"): name for name in policies}
functions = stack.of_kind("AWS::Lambda::Function")
json.dump(
    {
        "resources": {name: resource["Type"] for name, resource in stack.resources.items()},
        "kept": [
            name
            for name, resource in stack.resources.items()
            if resource.get("UpdateReplacePolicy") == "Retain"
            and resource.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
        ],
        "roles": policies,
        "functions": {
            name: {
                "name": function["FunctionName"],
                "handler": function["Handler"],
                "timeout": function["Timeout"],
                "environment": {key: str(value) for key, value in function["Environment"]["Variables"].items()},
                "logGroup": function["LoggingConfig"]["LogGroup"],
                "role": roles[function["Role"]],
            }
            for name, function in functions.items()
        },
        # Who may call it without a signature, by the function's name.
        "openUrls": {
            url["TargetFunctionArn"]: url["AuthType"]
            for url in stack.of_kind("AWS::Lambda::Url").values()
        },
        "visibilityTimeouts": {
            name: queue["VisibilityTimeout"]
            for name, queue in stack.of_kind("AWS::SQS::Queue").items()
            if "VisibilityTimeout" in queue
        },
        "logGroups": {group["LogGroupName"]: int(group["RetentionInDays"]) for group in stack.of_kind("AWS::Logs::LogGroup").values()},
        "buckets": [
            {
                "name": bucket["BucketName"],
                "encryption": [
                    rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
                    for rule in bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
                ],
                "versioning": bucket["VersioningConfiguration"]["Status"],
                "blocksPublicAccess": list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4,
                "tellsEventBridge": bucket["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"],
            }
            for bucket in stack.of_kind("AWS::S3::Bucket").values()
        ],
        "bucketPolicies": [
            read(policy["PolicyDocument"]["Statement"]) for policy in stack.of_kind("AWS::S3::BucketPolicy").values()
        ],
        "alarms": [
            {
                "metric": f"{alarm['Namespace']} {alarm['MetricName']}",
                "of": alarm["Dimensions"][0]["Value"] if "Dimensions" in alarm else "",
                "tells": alarm["AlarmActions"],
            }
            for alarm in stack.of_kind("AWS::CloudWatch::Alarm").values()
        ],
    },
    sys.stdout,
)
