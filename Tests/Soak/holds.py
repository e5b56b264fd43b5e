"""What holds a run for a while, or ends it: a person, an error of SES's that stops sending, a used up 24-hour quota."""

import asyncio
import time

from mail_service import Fault

LOOK_SECONDS = 0.1
#: Within 5 seconds all senders have ended. Here some stand still meanwhile, and the machine has ten times as much to do.
OBEYING_SECONDS = 12
#: When nobody has sent for so long nobody will: what is left of the quota is reserved by the dead.
QUIET_SECONDS = 3
NO_QUOTA = -1
ONGOING, FINISHED = 0, 75


class Holds:
    """Carries out a scenario's holds, one after the other."""

    def __init__(self, play):
        self.play, self.service = play, play.service
        #: Whether somebody holds the run just now.
        self.is_active = False
        #: Controls, besides "running", that the run may have.
        self.allowed = set()
        #: Whether senders' readings of the quota are to grow old fast, and delays to be short.
        self.hurries_pace = False
        self.is_cancelled = False
        #: From when until when no mail may have been accepted; seconds since 1970.
        self.silences = []
        self.done = 0

    async def carry_out(self):
        async with asyncio.TaskGroup() as self.group:
            minding = self.group.create_task(self.mind_late_stops())
            for hold in self.play.scenario.holds:
                if not await self.until(lambda: self.play.ledger and len(self.service.account.mails) >= hold.after):
                    break
                self.is_active = True
                await getattr(self, hold.kind)(hold)
                self.is_active = False
                self.done += 1
            await self.play.over.wait()
            minding.cancel()

    # MARK: Kinds

    async def pause(self, hold):
        self.allowed.add("paused")
        if await self.person("pause") != ONGOING:
            return
        begin = time.time()
        await asyncio.sleep(hold.seconds)
        self.silences.append((begin + OBEYING_SECONDS, time.time()))
        await self.resume()
        # A look that began before it was resumed still sees it paused.
        seen = self.play.looks + 1
        if await self.until(lambda: self.play.looks > seen and self.control != "paused"):
            self.allowed.remove("paused")
        # Else the run has ended while it was paused, and stays so.

    async def stop(self, hold):
        self.allowed.add("stopped")
        fault = Fault({"kind": "error", "code": hold.code, "count": None})
        self.service.faults.insert(0, fault)
        is_stopped = await self.until(lambda: self.control == "stopped")
        begin = time.time()
        if is_stopped and hold.code not in self.play.ledger.reason:
            self.play.complain(f"stopped by {hold.code}, and the ledger says {self.play.ledger.reason}")
        await asyncio.sleep(hold.seconds)
        self.service.faults.remove(fault)
        self.service.past_strikes += fault.hits
        if is_stopped:
            self.silences.append((begin + OBEYING_SECONDS, time.time()))
            await self.resume()

    async def quota(self, hold):
        settings, account = self.service.account.settings, self.service.account
        settings["max24HourSend"] = account.sent_last_24_hours + hold.more
        sent, changed = len(account.mails), time.monotonic()
        while time.monotonic() - changed < QUIET_SECONDS and not self.play.over.is_set():
            await asyncio.sleep(LOOK_SECONDS)
            if sent != len(account.mails):
                sent, changed = len(account.mails), time.monotonic()
        await asyncio.sleep(hold.seconds)
        settings["max24HourSend"] = NO_QUOTA
        self.hurries_pace = True

    async def cancel(self, hold):
        self.allowed.add("cancelled")
        if await self.person("cancel") != ONGOING:
            # One that was killed may have cancelled it, and given again it is refused; or the run has ended before.
            ledger = await asyncio.to_thread(self.play.read_ledger)
            if ledger.control != "cancelled":
                return
        self.is_cancelled = True
        begin = time.time()
        await asyncio.sleep(hold.seconds)
        self.silences.append((begin + OBEYING_SECONDS, time.time() + 3600))
        self.play.over.set()

    # MARK: What they have in common

    @property
    def control(self):
        return self.play.ledger.control if self.play.ledger else None

    async def until(self, condition):
        """Waits for it; false if the run is over before."""
        while not condition():
            if self.play.over.is_set():
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    async def person(self, command):
        """A person's command, given again where it was killed or could not reach the ledger."""
        while (status := await self.play.command(command, command, self.play.run_id)) not in (ONGOING, FINISHED):
            await asyncio.sleep(LOOK_SECONDS)
        return status

    async def resume(self):
        """On AWS it hands the rest to the queue; elsewhere it sends to the end of the run, beside the others."""
        resuming = self.group.create_task(self.play.persist("resume", "resume", self.play.run_id))
        await self.until(lambda: resuming.done() or self.control == "running")
        if self.play.cloud:
            await resuming

    async def mind_late_stops(self):
        """A sender may tell of SES's error when it has been mended and the run goes on: then it is let go on again."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.control == "stopped" and not self.is_active:
                self.is_active = True
                await self.resume()
                await self.until(lambda: self.control != "stopped")
                self.is_active = False
