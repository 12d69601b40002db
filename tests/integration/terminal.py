# SPDX-License-Identifier: MIT
"""A program on a terminal of its own, played by the test."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import support


class Terminal:
    def __init__(self, command, environment):
        self.text = ""
        self.seen = 0  # what wait_for() has gone past
        self.closed = False
        self.status = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # Who runs the tests in the background has these ignored, and no shell under
            # that can trap them any more; a terminal has them as they are at login.
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
            os.execve(command[0], [str(word) for word in command], environment)

    def read(self, seconds):
        if self.closed or not select.select([self.master], [], [], seconds)[0]:
            return
        try:
            more = os.read(self.master, 65536)
        except OSError:  # nobody has the terminal any more
            more = b""
        self.closed = more == b""
        self.text += more.decode(errors="replace").replace("\r\n", "\n")

    def wait_for(self, text):
        """Until the program has written that, after what was waited for before."""
        deadline = time.monotonic() + support.PATIENCE
        while (at := self.text.find(text, self.seen)) < 0:
            assert time.monotonic() < deadline and not self.closed, \
                f"no {text!r} in {self.text[self.seen:]!r}"
            self.read(0.1)
        self.seen = at + len(text)

    def type(self, text):
        os.write(self.master, text.encode())

    def say(self, line):
        self.type(line + "\n")

    def signal(self, number):
        os.kill(self.pid, number)

    def hang_up(self):
        os.close(self.master)
        self.closed = True

    def wait(self, patience=support.PATIENCE):
        """The exit status, once it has ended."""
        def ended():
            self.read(0)
            return os.waitpid(self.pid, os.WNOHANG)
        self.status = os.waitstatus_to_exitcode(
            support.wait_until(lambda: (got := ended())[0] and got, "the program to end",
                               patience)[1])
        return self.status

    def end(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if not self.closed:
            os.close(self.master)
