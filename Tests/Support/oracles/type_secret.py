"""Runs a command on a pseudo-terminal, types a line when it is asked for one, and copies to standard output what the
terminal showed.

Usage: type_secret.py LINE COMMAND [ARGUMENT ...]
The command's standard output goes to standard error of this program, not onto the terminal.
"""

import os
import pty
import subprocess
import sys
import termios

line, command = sys.argv[1], sys.argv[2:]
master, slave = pty.openpty()
child = subprocess.Popen(command, stdin=slave, stdout=sys.stderr, stderr=slave, start_new_session=True)
shown = b""
while b": " not in shown:
    shown += os.read(master, 4096)
# It asks first and then stops echoing: what is typed before that would show.
while termios.tcgetattr(slave)[3] & termios.ECHO:
    pass
os.write(master, line.encode() + b"\n")
status = child.wait()
echoes = bool(termios.tcgetattr(slave)[3] & termios.ECHO)
os.close(slave)
while True:
    try:
        piece = os.read(master, 65536)
    except OSError:  # EIO: nobody holds the other end.
        break
    if not piece:
        break
    shown += piece
sys.stdout.buffer.write(shown)
print(f"echo is {'on' if echoes else 'off'} again")
sys.exit(status)
