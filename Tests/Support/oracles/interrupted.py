"""Runs a command, and signals it once a folder holds a number of mails; ends with the command's status.

Usage: interrupted.py SIGNAL FOLDER MAILS COMMAND [ARGUMENT ...]
A process of its own, since a test among many others may look too late.
"""

import os
import signal
import subprocess
import sys
import time

number, folder, mails, command = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
# A shell that runs its commands in the background has them ignore SIGINT.
signal.signal(signal.SIGINT, signal.SIG_DFL)
child = subprocess.Popen(command)
while child.poll() is None:
    if os.path.isdir(folder) and sum(name.endswith(".eml") for name in os.listdir(folder)) >= mails:
        child.send_signal(number)
        break
    time.sleep(0.005)
sys.exit(child.wait())
