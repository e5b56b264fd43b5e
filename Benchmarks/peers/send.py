"""The peer: boto3's sesv2.send_email from 32 threads. Prints its figures as one JSON object.

usage: send.py URL COUNT BODY [CA_BUNDLE]
"""

import json
import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

THREADS = 32


def main():
    url, count, html = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]).read_text()
    client = boto3.client(
        "sesv2", region_name="us-west-2", endpoint_url=url, aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        verify=sys.argv[4] if len(sys.argv) > 4 else None,
        config=Config(max_pool_connections=THREADS, retries={"total_max_attempts": 1}),
    )  # fmt: skip

    def send(number):
        client.send_email(
            FromEmailAddress="JADA Sailing <crew@example.com>",
            Destination={"ToAddresses": [f"guest{number}@example.org"]},
            Content={
                "Simple": {
                    "Subject": {"Data": f"Aboard, guest {number}", "Charset": "UTF-8"},
                    "Body": {"Html": {"Data": html, "Charset": "UTF-8"}},
                }
            },
            EmailTags=[{"Name": "campaign", "Value": "bench"}, {"Name": "recipient", "Value": str(number)}],
            ConfigurationSetName="jada",
        )

    send(0)
    started, used = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(count)))
    print(
        json.dumps(
            {
                "mails": count,
                "wall_seconds": time.monotonic() - started,
                "process_seconds": time.process_time() - used,
            }
        )
    )


main()
