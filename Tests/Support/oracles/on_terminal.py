"""Runs a command on a pseudo-terminal of a given width, and copies to standard output all that it shows there.

Usage: on_terminal.py COLUMNS COMMAND [ARGUMENT ...]
Standard error is the terminal; standard output is left out, as with `command > file`.
"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

columns, command = int(sys.argv[1]), sys.argv[2:]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
environment = dict(os.environ, TERM="xterm")
child = subprocess.Popen(
    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave, env=environment)
os.close(slave)
while True:
    try:
        piece = os.read(master, 65536)
    except OSError:  # EIO: the last holder of the other end has closed it.
        break
    if not piece:
        break
    sys.stdout.buffer.write(piece)
sys.exit(child.wait())
