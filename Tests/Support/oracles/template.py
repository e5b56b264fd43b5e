"""Prints what tests ask about a SAM template: its functions, what each is allowed, and its queues' visibility timeouts."""

import json
import sys

from samtranslator.yaml_helper import yaml_parse

resources = yaml_parse(open(sys.argv[1]).read())["Resources"]


def listed(value):
    return value if isinstance(value, list) else [value]


def properties_of(kind):
    return {name: made["Properties"] for name, made in resources.items() if made["Type"] == kind}


def actions(function):
    statements = [statement for policy in function["Policies"] for statement in policy["Statement"]]
    return sorted(action for statement in statements for action in listed(statement["Action"]))


functions = properties_of("AWS::Serverless::Function")
json.dump(
    {
        "actions": {name: actions(function) for name, function in functions.items()},
        "timeouts": {name: function["Timeout"] for name, function in functions.items()},
        "visibilityTimeouts": {
            name: queue["VisibilityTimeout"]
            for name, queue in properties_of("AWS::SQS::Queue").items()
            if "VisibilityTimeout" in queue
        },
    },
    sys.stdout,
)
