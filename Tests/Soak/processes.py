"""The executables under test as processes that are killed, or stand still, when their time has come."""

import asyncio
import contextlib
import os
import re
import signal
import time

#: How long a process stands still that outlives its leases, and how long before its end they are left alone.
STALL_SECONDS, MARGIN_SECONDS = 2, 0.7


class Process:
    """One process of an executable, from its start to its end."""

    def __init__(self, name, kill_order=None):
        #: For people, and for the claims of functions.
        self.name = name
        self.order = kill_order
        self.child = None
        self.handle = None
        self.was_killed = False
        self.was_stalled = False
        self.stands_until = 0
        self.timer = None

    async def start(self, command, environment, folder):
        self.output = folder / f"{self.name}.out"
        self.errors = folder / f"{self.name}.err"
        with self.output.open("wb") as output, self.errors.open("wb") as errors:
            self.child = await asyncio.create_subprocess_exec(
                *command, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=errors
            )
        # Of one that has been reaped already there is none.
        with contextlib.suppress(ProcessLookupError):
            self.handle = os.pidfd_open(self.pid)
        if self.order and not self.order.moment:
            self.timer = asyncio.get_running_loop().call_later(self.order.seconds, self.strike)

    @property
    def pid(self):
        return self.child.pid

    @property
    def is_lost(self):
        """Whether it has lost what it had claimed."""
        return self.was_killed or self.was_stalled

    @property
    def stands(self):
        return time.monotonic() < self.stands_until - MARGIN_SECONDS

    def is_worker(self, worker):
        """Whether a claim's worker is of this process: functions are told their names, others bear their number."""
        return worker.startswith(f"{self.name}/") or re.search(rf"-{self.pid}-[0-9a-f]+(/|$)", worker) is not None

    async def end(self):
        """Waits for the end; negative: the signal that ended it."""
        status = await self.child.wait()
        if self.timer:
            self.timer.cancel()
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
        return status

    def reach(self, moment):
        """Counts a moment; whether the process has been killed at this one."""
        if self.was_killed or not self.order or self.order.moment != moment:
            return False
        if self.order.skip > 0:
            self.order.skip -= 1
            return False
        return self.strike()

    def strike(self):
        order, self.order = self.order, None
        if order is None or self.child.returncode is not None:
            return False
        if order.stalls:
            self.was_stalled = True
            self.stands_until = time.monotonic() + STALL_SECONDS
            self.signal(signal.SIGSTOP)
            asyncio.get_running_loop().call_later(STALL_SECONDS, self.signal, signal.SIGCONT)
            return False
        self.kill()
        self.was_killed = True
        return True

    def kill(self):
        self.signal(signal.SIGKILL)

    def signal(self, number):
        # Not by its number, which may be another's by now.
        if self.handle is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, number)
