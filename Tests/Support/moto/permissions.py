"""What IAM is asked before a request is served: actions, resources, and DynamoDB's leading keys, by the Service Authorization
Reference. moto takes the name of the operation for the action and, but for S3 and SQS, `*` for the resource; here it judges
policies by what AWS would ask."""

import fnmatch
import io
import json
import threading
import typing
import urllib.parse
from xml.etree import ElementTree

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam import access_control, policy_conditions

LEADING_KEYS = "dynamodb:LeadingKeys"


class Permission(typing.NamedTuple):
    action: str
    resource: str
    leading_keys: list[str] = []


def permissions_of(environ):
    """What a request needs, or nothing where this file does not know its service."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    if len(scope) < 5:
        return []
    region, service = scope[2:4]
    operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]

    def arn(resource):
        return f"arn:aws:{service}:{region}:{DEFAULT_ACCOUNT_ID}:{resource}"

    match service:
        case "s3":
            return list(of_s3(environ))
        case "dynamodb":
            return list(of_dynamodb(operation, read_json(environ), lambda table: arn(f"table/{table}")))
        case "sqs":
            queue = read_json(environ).get("QueueUrl", "*").rpartition("/")[2]
            return [Permission(f"sqs:{operation.removesuffix('Batch')}", arn(queue))]
        case "ssm":
            return [Permission(f"ssm:{operation}", arn("parameter" + read_json(environ).get("Name", "/*")))]
    return []


def of_s3(environ):
    path, _, query = environ["RAW_URI"].partition("?")
    bucket, _, key = urllib.parse.unquote(path).removeprefix("/").partition("/")
    arn, method = f"arn:aws:s3:::{bucket}", environ["REQUEST_METHOD"]
    match method:
        case "GET" if not key and "list-type=" in query:
            yield Permission("s3:ListBucket", arn)
        case "GET" | "HEAD" if key:
            yield Permission("s3:GetObject", f"{arn}/{key}")
        case "PUT" | "DELETE" if key:
            yield Permission("s3:PutObject" if method == "PUT" else "s3:DeleteObject", f"{arn}/{key}")
        case "POST" if query.startswith("delete"):
            for element in ElementTree.fromstring(read(environ)).iter():
                if element.tag.rpartition("}")[2] == "Key":
                    yield Permission("s3:DeleteObject", f"{arn}/{element.text}")
        case "PUT":
            yield Permission("s3:CreateBucket", arn)
        case _:
            yield Permission(f"s3:unknown {method} {environ['RAW_URI']}", arn)


def of_dynamodb(operation, body, arn):
    def permission(action, table, *items):
        keys = {item["pk"]["S"] for item in items if "pk" in item}
        return Permission(f"dynamodb:{action}", arn(table), sorted(keys))

    match operation:
        case "TransactWriteItems":
            # A transaction needs the actions of its parts.
            for part in body["TransactItems"]:
                ((kind, write),) = part.items()
                action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
                yield permission(action, write["TableName"], write.get("Key") or write["Item"])
        case "BatchGetItem":
            for table, request in body["RequestItems"].items():
                yield permission(operation, table, *request["Keys"])
        case "Query":
            # Our clients write every query like this.
            yield permission(operation, body["TableName"], {"pk": body["ExpressionAttributeValues"][":pk"]})
        case _:
            items = [body[member] for member in ("Key", "Item") if member in body]
            yield permission(operation, body.get("TableName", "*"), *items)


def read(environ):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def read_json(environ):
    return json.loads(read(environ) or b"{}")


def judge_by_permissions(application):
    """Has moto judge each request by what it needs."""
    current = threading.local()
    base, statement = access_control.IAMRequestBase, access_control.IAMPolicyStatement
    check_action, check_conditions = base.check_action_permitted, statement._check_conditions

    def check_each_permission(self, resource):
        for permission in current.permissions or [Permission(self._action, resource)]:
            self._action, current.leading_keys = permission.action, permission.leading_keys
            check_action(self, permission.resource)

    def check_with_leading_keys(self, values):
        return check_conditions(self, {LEADING_KEYS: current.leading_keys} | (values or {}))

    def all_match(patterns, keys):
        patterns = [patterns] if isinstance(patterns, str) else patterns
        return all(any(fnmatch.fnmatchcase(key, pattern) for pattern in patterns) for key in keys)

    base.check_action_permitted = check_each_permission
    statement._check_conditions = check_with_leading_keys
    policy_conditions.CONDITION_OPERATIONS["ForAllValues:StringLike"] = all_match

    def judge(environ, start_response):
        current.permissions, current.leading_keys = permissions_of(environ), []
        return application(environ, start_response)

    return judge


def record_permissions(application):
    """Prints what each request needs: `NEEDS` and a JSON object, one a line."""

    def record(environ, start_response):
        for permission in permissions_of(environ):
            print("NEEDS", json.dumps(permission._asdict()), flush=True)
        return application(environ, start_response)

    return record
