"""Lets moto's SNS post to an HTTP endpoint: subscribes it to a new topic, and publishes a message.

usage: sns_topic.py MOTO_URL ENDPOINT MESSAGE
"""

import sys

import boto3

moto, endpoint, message = sys.argv[1:]
sns = boto3.client(
    "sns", region_name="us-west-2", endpoint_url=moto, aws_access_key_id="test", aws_secret_access_key="test"
)
topic = sns.create_topic(Name="jada-events")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
sns.publish(TopicArn=topic, Message=message, Subject="Amazon SES Email Event Notification")
