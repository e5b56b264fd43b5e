"""Checks requests against botocore's model of the SES v2 API, compiled once into plain functions."""

import base64
import binascii
import datetime
import re
import urllib.parse

import botocore.loaders
import botocore.model

API_VERSION = "2019-09-27"


class Refusal(Exception):
    """An error that the API answers with."""

    def __init__(self, code, message, status=400):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class BadRequest(Refusal):
    def __init__(self, message):
        super().__init__("BadRequestException", message)


def violation(path, constraint):
    return BadRequest(f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {constraint}")


def compiled(shape):
    """A function (value, path) that returns the value as Python sees it, or raises BadRequest."""
    return {
        "structure": compiled_structure,
        "list": compiled_list,
        "string": compiled_string,
        "blob": lambda _: check_blob,
        "boolean": lambda _: check_boolean,
        "integer": lambda _: check_integer,
        "long": lambda _: check_integer,
        "double": lambda _: check_number,
        "timestamp": lambda _: check_timestamp,
    }[shape.type_name](shape)


def compiled_structure(shape):
    members = {name: compiled(member) for name, member in shape.members.items()}
    required = shape.required_members

    def check(value, path):
        if not isinstance(value, dict):
            raise violation(path, "Member must be a structure")
        result = {}
        for name, member in value.items():
            if name not in members:
                # The service ignores these; a test should not.
                raise violation(f"{path}.{name}", "Member is not in the API's model")
            if member is not None:
                result[name] = members[name](member, f"{path}.{name}")
        for name in required:
            if name not in result:
                raise violation(f"{path}.{name}", "Member must not be null")
        return result

    return check


def compiled_list(shape):
    member = compiled(shape.member)
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")

    def check(value, path):
        if not isinstance(value, list):
            raise violation(path, "Member must be a list")
        check_length(len(value), least, most, path)
        return [member(item, f"{path}.{index}.member") for index, item in enumerate(value, 1)]

    return check


def compiled_string(shape):
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    pattern = re.compile(shape.metadata["pattern"]) if "pattern" in shape.metadata else None
    enum = set(shape.enum)

    def check(value, path):
        if not isinstance(value, str):
            raise violation(path, "Member must be a string")
        check_length(len(value), least, most, path)
        if pattern and not pattern.fullmatch(value):
            raise violation(path, f"Member must satisfy regular expression pattern: {pattern.pattern}")
        if enum and value not in enum:
            raise violation(path, f"Member must satisfy enum value set: {sorted(enum)}")
        return value

    return check


def check_length(length, least, most, path):
    if length < least:
        raise violation(path, f"Member must have length greater than or equal to {least}")
    if most is not None and length > most:
        raise violation(path, f"Member must have length less than or equal to {most}")


def check_boolean(value, path):
    if not isinstance(value, bool):
        raise violation(path, "Member must be a boolean")
    return value


def check_integer(value, path):
    if isinstance(value, bool) or not isinstance(value, int):
        raise violation(path, "Member must be an integer")
    return value


def check_number(value, path):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise violation(path, "Member must be a number")
    return value


def check_blob(value, path):
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise violation(path, "Member must be Base64") from None


def check_timestamp(value, path):
    try:
        return datetime.datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        raise violation(path, "Member must be a timestamp") from None


class Operation:
    """One operation: how its requests look, and how to read them."""

    def __init__(self, model):
        self.name = model.name
        self.method = model.http["method"]
        self.path_members = re.findall(r"{(\w+)}", model.http["requestUri"])
        self.path = re.compile(re.sub(r"{\w+}", "([^/]+)", model.http["requestUri"]))
        self.query = {}
        self.body = None
        body_members = {}
        for name, member in model.input_shape.members.items():
            location = member.serialization.get("location")
            if location == "querystring":
                self.query[member.serialization["name"]] = (name, member.type_name == "list", self.parameter(member))
            elif location is None:
                body_members[name] = member
        if body_members:
            self.body = compiled(model.input_shape)

    @staticmethod
    def parameter(member):
        check = compiled(member)
        if member.type_name != "integer":
            return check

        def check_digits(value, path):
            if not re.fullmatch(r"-?\d+", value):
                raise violation(path, "Member must be an integer")
            return int(value)

        return check_digits

    def parameters(self, match, query, body):
        """The input as the model names it: path and query parameters, and the members of a body."""
        result = {}
        for name, value in zip(self.path_members, match.groups()):
            result[name] = urllib.parse.unquote(value)
        for key, values in urllib.parse.parse_qs(query, keep_blank_values=True).items():
            if key not in self.query:
                raise BadRequest(f"the operation has no query parameter {key}")
            name, is_list, check = self.query[key]
            if not is_list and len(values) > 1:
                raise BadRequest(f"the query parameter {key} appears twice")
            result[name] = check(values if is_list else values[0], name)
        if self.body:
            result |= self.body(body, "input")
        elif body is not None:
            raise Refusal("SerializationException", "the operation takes no body")
        return result


def operations(names):
    data = botocore.loaders.Loader().load_service_model("sesv2", "service-2", API_VERSION)
    service = botocore.model.ServiceModel(data)
    return [Operation(service.operation_model(name)) for name in names]
