"""What DynamoDB would bill for writes (Developer Guide, "DynamoDB item sizes and formats", "DynamoDB read and write
operations"): a unit for each kilobyte of the larger of the item before and after, twice in a transaction, and also for a
write whose condition fails. moto's own figures leave the sizes out."""

import base64
import io
import json

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb import dynamodb_backends

UNIT = 1024


def size_of_number(text):
    """Half a byte a significant digit, one for the exponent, one for a minus."""
    digits = text.lstrip("-").partition("e")[0].replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def size_of_bytes(content):
    # Within a list moto has decoded them.
    return len(content if isinstance(content, bytes) else base64.b64decode(content))


def size_of_value(value):
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return size_of_number(content)
        case "B":
            return size_of_bytes(content)
        case "L":
            return 3 + sum(1 + size_of_value(element) for element in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + size_of_value(element) for name, element in content.items())
        case "SS":
            return sum(len(element.encode()) for element in content)
        case "NS":
            return sum(size_of_number(element) for element in content)
        case "BS":
            return sum(size_of_bytes(element) for element in content)
        case _:
            return 1


def size_of_item(item):
    return sum(len(name.encode()) + size_of_value(value) for name, value in item.items())


def size_in_table(region, table, key):
    # Items of moto answer with what the API would.
    item = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].get_item(table, key)
    return size_of_item(item.to_json()["Attributes"]) if item else 0


def writes_of(target, body):
    """Table and key of each item that a request writes, and how often that is billed."""
    operation = target.rpartition(".")[2]
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        members, factor = [body], 1
    elif operation == "TransactWriteItems":
        members, factor = [write for item in body["TransactItems"] for write in item.values()], 2
    else:
        return [], 0
    return [(write["TableName"], write.get("Key") or key_of(write["Item"])) for write in members], factor


def key_of(item):
    return {name: item[name] for name in ("pk", "sk")}


def bill_writes(application, region):
    """Prints what each request is billed: `BILLED` and a JSON object, one a line."""

    def bill(environ, start_response):
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target.startswith("DynamoDB_"):
            return application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        writes, factor = writes_of(target, json.loads(body))
        before = [size_in_table(region, *write) for write in writes]
        answer = list(application(environ, start_response))
        units = sum(
            factor * max(1, -(-max(old, size_in_table(region, *write)) // UNIT))
            for old, write in zip(before, writes)
        )
        if units:
            print("BILLED", json.dumps({"operation": target.rpartition(".")[2], "units": units}), flush=True)
        return answer

    return bill
