"""The SES simulator within the harness: the judge's record, and the moments at which senders are killed."""

import asyncio
import contextlib
import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parent.parent / "Support/ses_simulator"))

from account import bare  # noqa: E402
from faults import Fault  # noqa: E402
from ses_simulator import Connection, HangUp, Simulator  # noqa: E402

SEND, GET_ACCOUNT = "/v2/email/outbound-emails", "/v2/email/account"
#: A batch holds what goes out in five seconds.
BATCH_SECONDS = 5


class MailService(Simulator):
    """One SES account for one run."""

    def __init__(self, scenario, suppressed):
        super().__init__({"keepsBodies": False, "maxSendRate": scenario.rate, "suppressed": suppressed})
        self.faults = [Fault(fields) for fields in scenario.mail_faults]
        #: How often faults have struck that are over.
        self.past_strikes = 0
        self.resets = scenario.connection_resets
        self.rate = scenario.rate
        self.planning_rate = scenario.batch_size / BATCH_SECONDS
        #: Whether the run is planned; until then the account is slow, which makes the plan's batches small.
        self.is_planned = lambda: True
        #: Connections that are open.
        self.open = set()
        #: Addresses for whose mail the sender got no clear answer.
        self.unclear = set()
        #: Connections that were reset.
        self.resets_made = 0

    @property
    def strikes(self):
        return sum(fault.hits for fault in self.faults) + self.past_strikes + self.resets_made

    def end_trouble(self):
        self.resets = 0
        for fault in self.faults:
            fault.fields["count"] = 0

    @contextlib.asynccontextmanager
    async def endpoint(self, process):
        """Yields a URL of the account for one process."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: ObservedConnection(self, process), "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def rest(self):
        """Waits until nothing is under way any more of processes that have ended."""
        while self.open:
            await asyncio.sleep(0.01)


class ObservedConnection(Connection):
    def __init__(self, service, process):
        super().__init__(service)
        self.process = process

    def connection_made(self, transport):
        super().connection_made(transport)
        self.simulator.open.add(self)
        if self.simulator.resets:
            self.simulator.resets -= 1
            self.simulator.resets_made += 1
            transport.abort()

    def connection_lost(self, _):
        self.simulator.open.discard(self)

    def answer(self, method, target, headers, raw_body):
        if target == GET_ACCOUNT:
            rate = self.simulator.rate if self.simulator.is_planned() else self.simulator.planning_rate
            self.simulator.account.settings["maxSendRate"] = rate
        if (method, target) != ("POST", SEND):
            return super().answer(method, target, headers, raw_body)
        self.kill_at("mail asked for")
        self.simulator.account.settings["maxSendRate"] = self.simulator.rate
        address = bare(json.loads(raw_body)["Destination"]["ToAddresses"][0]).lower()
        try:
            answer = super().answer(method, target, headers, raw_body)
            if answer.status >= 500 or answer.cut is not None or not is_json(answer.body):
                self.simulator.unclear.add(address)
        except HangUp:
            self.simulator.unclear.add(address)
            raise
        self.kill_at("mail accepted")
        return answer

    def kill_at(self, moment):
        if self.process.reach(moment):
            raise HangUp(is_reset=False)


def is_json(body):
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
