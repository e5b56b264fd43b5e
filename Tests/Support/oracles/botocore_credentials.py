"""Reads a list of environments as JSON from standard input; writes the keys and Region that botocore resolves in each."""

import json
import os
import sys

import botocore.session
from botocore.exceptions import BotoCoreError


def resolve(environment):
    os.environ.clear()
    os.environ.update(environment)
    session = botocore.session.Session()
    keys = region = None
    try:
        region = session.get_config_variable("region")
        keys = session.get_credentials()
    except BotoCoreError:
        pass
    frozen = keys.get_frozen_credentials() if keys else None
    return {
        "accessKey": frozen and frozen.access_key,
        "secretKey": frozen and frozen.secret_key,
        "token": frozen and frozen.token,
        "region": region,
    }


json.dump([resolve(environment) for environment in json.load(sys.stdin)], sys.stdout)
