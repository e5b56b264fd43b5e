"""Tests of the simulator with the AWS SDK for Python. Usage: test_ses_simulator.py URL"""

import json
import sys
import time
import unittest
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

URL, KEY, SECRET = sys.argv[1], "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def client(secret=SECRET, **config):
    return boto3.client(
        "sesv2", endpoint_url=URL, region_name="us-west-2", aws_access_key_id=KEY, aws_secret_access_key=secret,
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=5, **config),
    )  # fmt: skip


def control(method, path, value=None):
    body = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/_control/{path}", body, method=method)) as answer:
        return json.load(answer)


def mail(to="ann@example.org", **changes):
    simple = {
        "Subject": {"Data": "Aboard, Zoë"},
        "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<p>html</p>"}},
        "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.org/u/1>"}],
    }
    simple.update(changes.pop("simple", {}))
    return {
        "FromEmailAddress": "JADA Sailing <crew@example.com>",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": simple},
        "EmailTags": [{"Name": "run", "Value": "abc-1"}],
        "ConfigurationSetName": "jada",
        **changes,
    }


class SimulatorTests(unittest.TestCase):
    def setUp(self):
        control("POST", "reset")
        self.ses = client()

    def assert_refused(self, code, call, status=None, message=""):
        with self.assertRaises(botocore.exceptions.ClientError) as context:
            call()
        response = context.exception.response
        self.assertEqual(response["Error"]["Code"], code)
        self.assertIn(message, response["Error"]["Message"])
        self.assertTrue(response["ResponseMetadata"]["RequestId"])
        if status:
            self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], status)

    def test_an_accepted_mail_is_recorded(self):
        identifier = self.ses.send_email(**mail())["MessageId"]
        (recorded,) = control("GET", "mails")["mails"]
        self.assertEqual(recorded["messageId"], identifier)
        self.assertEqual(recorded["to"], ["ann@example.org"])
        self.assertEqual(recorded["subject"], "Aboard, Zoë")
        self.assertEqual(recorded["headers"], [{"name": "List-Unsubscribe", "value": "<https://example.org/u/1>"}])
        self.assertEqual(recorded["tags"], {"run": "abc-1"})
        self.assertEqual(recorded["text"], "text")
        self.assertAlmostEqual(recorded["time"], time.time(), delta=60)

    def test_breaches_of_the_model_and_of_the_rules_are_bad_requests(self):
        header = {"Name": "X-A", "Value": "x"}
        for changes in [
            {"EmailTags": [{"Name": "to", "Value": "ann@example.org"}]},
            {"EmailTags": [{"Name": "x" * 257, "Value": "x"}]},
            {"FromEmailAddress": "nobody"},
            {"Destination": {}},
            {"Destination": {"ToAddresses": [f"a{index}@example.org" for index in range(51)]}},
            {"Content": {}},
            {"simple": {"Headers": [header] * 16}},
            {"simple": {"Headers": [{**header, "Value": "x" * 996}]}},
            {"simple": {"Headers": [{**header, "Value": "x" * 994}]}},
            {"simple": {"Headers": [{**header, "Value": "é"}]}},
            {"simple": {"Headers": [{**header, "Value": "a\r\nBcc: b@example.org"}]}},
            {"simple": {"Headers": [{**header, "Name": "a:b"}]}},
            {"simple": {"Headers": [{**header, "Name": "Subject"}]}},
            {"simple": {"Headers": [{**header, "Name": "List-Unsubscribe"}] * 2}},
            {"simple": {"Subject": {"Data": "a\nb"}}},
            {"simple": {"Body": {}}},
        ]:
            with self.subTest(changes):
                ses = client(parameter_validation=False)
                self.assert_refused("BadRequestException", lambda: ses.send_email(**mail(**changes)), 400)
        for to in ["ann", "ann@exämple.org", "an n@example.org", "ann@example", "ann@example.org\r\n", "@example.org"]:
            self.assert_refused("BadRequestException", lambda: self.ses.send_email(**mail(to)), 400)
        self.assertEqual(control("GET", "mails")["mails"], [])

    def test_raw_requests_are_checked(self):
        for method, path, body, status, code in [
            ("POST", "outbound-emails", b"{", 400, "SerializationException"),
            ("POST", "outbound-emails", b'{"Content": {}, "Subject": 1}', 400, "BadRequestException"),
            ("POST", "outbound-emails", b'{"Destination": {}}', 400, "BadRequestException"),
            ("GET", "outbound-emails", None, 404, "UnknownOperationException"),
            ("GET", "account?x=1", None, 400, "BadRequestException"),
            ("GET", "suppression/addresses?PageSize=x", None, 400, "BadRequestException"),
        ]:
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{URL}/v2/email/{path}", body, headers, method=method)
            with self.assertRaises(urllib.error.HTTPError) as context:
                urllib.request.urlopen(request)
            self.assertEqual(context.exception.code, status)
            self.assertEqual(context.exception.headers["x-amzn-ErrorType"], code)
            context.exception.close()

    def test_account_and_its_limits(self):
        control("PUT", "state", {"maxSendRate": 14, "max24HourSend": 50000, "sentLast24Hours": 7})
        self.ses.send_email(**mail())
        account = self.ses.get_account()
        self.assertEqual(
            account["SendQuota"], {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 8.0}
        )
        self.assertEqual(account["EnforcementStatus"], "HEALTHY")
        self.assertTrue(account["SendingEnabled"])
        self.assertEqual(account["SuppressionAttributes"]["SuppressedReasons"], ["BOUNCE", "COMPLAINT"])

    def test_the_rate_holds_in_every_second(self):
        control("PUT", "state", {"maxSendRate": 3})
        for _ in range(3):
            self.ses.send_email(**mail())
        self.assert_refused(
            "TooManyRequestsException", lambda: self.ses.send_email(**mail()), 429, "Maximum sending rate exceeded"
        )
        time.sleep(1.05)
        self.ses.send_email(**mail())
        statistics = control("GET", "state")["statistics"]
        self.assertEqual(statistics["acceptedInBusiestSecond"], 3)
        self.assertEqual(statistics["mails"], 4)

    def test_the_daily_quota_holds(self):
        control("PUT", "state", {"max24HourSend": 10, "sentLast24Hours": 9})
        self.ses.send_email(**mail())
        self.assert_refused(
            "TooManyRequestsException", lambda: self.ses.send_email(**mail()), 429, "Daily message quota exceeded"
        )

    def test_stops(self):
        for settings, code in [
            ({"sendingEnabled": False}, "SendingPausedException"),
            ({"enforcementStatus": "SHUTDOWN"}, "AccountSuspendedException"),
            ({"configurationSets": []}, "NotFoundException"),
            ({"strictIdentities": True}, "MessageRejected"),
            ({"identities": {"example.com": {"VerifiedForSendingStatus": False}}}, "MessageRejected"),
            (
                {
                    "identities": {
                        "example.com": {
                            "MailFromAttributes": {
                                "MailFromDomain": "m.example.com",
                                "MailFromDomainStatus": "FAILED",
                                "BehaviorOnMxFailure": "REJECT_MESSAGE",
                            }
                        }
                    }
                },
                "MailFromDomainNotVerifiedException",
            ),
        ]:
            control("POST", "reset")
            control("PUT", "state", settings)
            self.assert_refused(code, lambda: self.ses.send_email(**mail()))

    def test_suppression_list(self):
        for number in range(25):
            reason = "COMPLAINT" if number % 5 == 0 else "BOUNCE"
            self.ses.put_suppressed_destination(EmailAddress=f"Guest{number}@example.org", Reason=reason)
        found = self.ses.get_suppressed_destination(EmailAddress="guest7@example.org")["SuppressedDestination"]
        self.assertEqual((found["EmailAddress"], found["Reason"]), ("Guest7@example.org", "BOUNCE"))

        def listed(**parameters):
            addresses = []
            while True:
                page = self.ses.list_suppressed_destinations(PageSize=4, **parameters)
                addresses += [entry["EmailAddress"] for entry in page["SuppressedDestinationSummaries"]]
                if "NextToken" not in page:
                    return addresses
                parameters["NextToken"] = page["NextToken"]

        self.assertEqual(len(set(listed())), 25)
        self.assertEqual(len(listed(Reasons=["COMPLAINT"])), 5)
        self.assertEqual(len(listed(Reasons=["COMPLAINT", "BOUNCE"])), 25)
        self.assertEqual(len(listed(StartDate=time.time() + 60)), 0)
        self.assert_refused(
            "InvalidNextTokenException", lambda: self.ses.list_suppressed_destinations(NextToken="x")
        )

        self.ses.send_email(**mail("Guest <guest7@example.org>"))
        self.assertTrue(control("GET", "mails")["mails"][0]["isSuppressed"])
        self.ses.delete_suppressed_destination(EmailAddress="GUEST7@example.org")
        for call in (self.ses.delete_suppressed_destination, self.ses.get_suppressed_destination):
            self.assert_refused("NotFoundException", lambda: call(EmailAddress="guest7@example.org"), 404)
        self.ses.put_suppressed_destination(EmailAddress="a+b/c%d@example.org", Reason="BOUNCE")
        self.ses.get_suppressed_destination(EmailAddress="a+b/c%d@example.org")

    def test_each_region_has_a_list_of_its_own(self):
        other = boto3.client(
            "sesv2", endpoint_url=URL, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET)
        other.put_suppressed_destination(EmailAddress="ann@example.org", Reason="BOUNCE")
        control("PUT", "state", {"suppressedIn": {"eu-west-1": {"bob@example.org": "COMPLAINT"}}})
        self.assertEqual(self.ses.list_suppressed_destinations()["SuppressedDestinationSummaries"], [])
        self.assertEqual(len(other.list_suppressed_destinations()["SuppressedDestinationSummaries"]), 1)
        self.assertEqual(control("GET", "state")["suppressed"]["eu-west-1"], {"bob@example.org": "COMPLAINT"})

    def test_identity(self):
        control("PUT", "state", {"identities": {"example.com": {"DkimAttributes": {"Status": "SUCCESS"}}}})
        identity = self.ses.get_email_identity(EmailIdentity="example.com")
        self.assertEqual(identity["IdentityType"], "DOMAIN")
        self.assertEqual(identity["DkimAttributes"]["Status"], "SUCCESS")
        self.assert_refused(
            "NotFoundException", lambda: self.ses.get_email_identity(EmailIdentity="other.example"), 404
        )

    def accepted_after(self, fault):
        control("DELETE", "faults")
        control("POST", "faults", fault)
        before = len(control("GET", "mails")["mails"])
        with self.assertRaises(Exception) as context:
            self.ses.send_email(**mail())
        return len(control("GET", "mails")["mails"]) - before, context.exception

    def test_faults_strike_before_or_after_accepting(self):
        for after in (False, True):
            for kind in ("error", "reset", "close"):
                accepted, error = self.accepted_after({"kind": kind, "afterAccepting": after})
                self.assertEqual(accepted, int(after), kind)
                if kind != "error":
                    self.assertIsInstance(error, botocore.exceptions.HTTPClientError)

    def test_an_answer_can_be_spoilt(self):
        # The SDK for Python passes over both, and finds no message id.
        for kind in ("malformed", "truncated"):
            control("POST", "faults", {"kind": kind})
            self.assertNotIn("MessageId", self.ses.send_email(**mail()))
            self.assertIn("MessageId", self.ses.send_email(**mail()))
        self.assertEqual(len(control("GET", "mails")["mails"]), 4)

    def test_every_error_can_be_ordered(self):
        for code, status in [
            ("TooManyRequestsException", 429),
            ("LimitExceededException", 400),
            ("AccountSuspendedException", 400),
            ("SendingPausedException", 400),
            ("MailFromDomainNotVerifiedException", 400),
            ("NotFoundException", 404),
            ("MessageRejected", 400),
            ("BadRequestException", 400),
            ("InternalServiceErrorException", 500),
            ("ServiceUnavailable", 503),
            ("ExpiredTokenException", 403),
            ("AccessDeniedException", 403),
        ]:
            control("POST", "faults", {"kind": "error", "code": code})
            self.assert_refused(code, lambda: self.ses.send_email(**mail()), status)

    def test_faults_strike_whom_and_when_they_should(self):
        control("POST", "faults", {"kind": "error", "code": "MessageRejected", "address": "^bob@", "count": None})
        self.ses.send_email(**mail())
        for _ in range(2):
            self.assert_refused("MessageRejected", lambda: self.ses.send_email(**mail("bob@example.org")))
        control("DELETE", "faults")
        control("POST", "faults", {"kind": "error", "skip": 2, "count": 1})
        self.ses.send_email(**mail())
        self.ses.send_email(**mail())
        self.assert_refused("InternalServiceErrorException", lambda: self.ses.send_email(**mail()))
        self.ses.send_email(**mail())
        control("POST", "faults", {"kind": "error", "code": "TooManyRequestsException", "operation": "GetAccount"})
        self.ses.send_email(**mail())
        self.assert_refused("TooManyRequestsException", lambda: self.ses.get_account())

    def test_a_reused_connection_can_be_closed_without_an_answer(self):
        control("POST", "faults", {"kind": "close", "afterAccepting": True, "onlyReusedConnections": True})
        self.ses.send_email(**mail())
        with self.assertRaises(botocore.exceptions.HTTPClientError):
            self.ses.send_email(**mail())
        self.assertEqual(len(control("GET", "mails")["mails"]), 2)

    def test_a_slow_answer_comes_and_others_do_not_wait_for_it(self):
        control("POST", "faults", {"kind": "slow", "seconds": 0.3})
        start = time.monotonic()
        self.ses.send_email(**mail())
        self.assertGreater(time.monotonic() - start, 0.29)

    def test_signatures(self):
        control("PUT", "state", {"keys": {KEY: {"secret": SECRET}}})
        self.ses.send_email(**mail("a+b@example.org"))
        self.ses.put_suppressed_destination(EmailAddress="a+b/c@example.org", Reason="BOUNCE")
        self.ses.get_suppressed_destination(EmailAddress="a+b/c@example.org")
        self.ses.list_suppressed_destinations(Reasons=["BOUNCE", "COMPLAINT"], PageSize=7)
        self.assert_refused("InvalidSignatureException", lambda: client("wrong").get_account(), 403)
        control("PUT", "state", {"keys": {KEY: {"secret": SECRET, "expired": True}}})
        self.assert_refused("ExpiredTokenException", lambda: self.ses.get_account(), 403)
        control("PUT", "state", {"keys": {}})
        self.assert_refused("UnrecognizedClientException", lambda: self.ses.get_account(), 403)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
