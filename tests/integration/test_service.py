# SPDX-License-Identifier: MIT
"""Under a service manager, which these tests play: what the daemon tells it
(sd_notify), the watchdog, and a listener that it hands over (sd_listen_fds)."""
import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

from support import ROOT, SHIPPED, build_folder, request, ticket, wait_until

NO_DATABASE = "host=/nonexistent dbname=none"
# Its own process number is known to the child only; descriptor 3 is the first.
HAND_OVER = ["/bin/bash", "-c",
             'exec 3<&"$0" && LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"']


class Listener:
    """A socket unit: made once, handed to one daemon after the other."""

    def __init__(self, folder, mode=0o660):
        self.path = f"{folder}/triaged.sock"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(self.path)
        os.chmod(self.path, mode)
        self.socket.listen(64)
        self.endpoint = f"ipc://{self.path}"

    def popen(self):
        number = self.socket.fileno()
        return {"launch": [*HAND_OVER, str(number)], "pass_fds": [number]}


def test_ready_means_bound_and_loaded(new_daemon, new_manager, new_client):
    manager = new_manager()
    daemon = new_daemon(conninfo=NO_DATABASE, env=manager.environment).launch_only()
    place = manager.wait("READY", READY="1")
    assert place == 0, manager.heard
    # At that word, at once: bound, with rules, and honest about the database.
    assert manager.heard[0]["STATUS"] == "waiting for database"
    assert "policy=" in daemon.log()
    assert new_client(daemon.endpoint).ask({"v": 1, "op": "ping"})["status"] == "ok"
    assert new_client(daemon.endpoint).submit("none", ticket())["status"] == "retry"
    assert daemon.stop() == 0


def test_never_ready_with_broken_rules(new_daemon, new_manager, tmp_path):
    (tmp_path / "broken.yaml").write_text("teams:\n  - [\n")
    manager = new_manager()
    daemon = new_daemon("--rules", tmp_path, env=manager.environment).launch_only()
    assert daemon.process.wait(60) == 78
    assert manager.listen() == []


def test_never_ready_when_not_bound(new_daemon, new_manager, tmp_path):
    listener = Listener(tmp_path)
    manager = new_manager()
    daemon = new_daemon(endpoint=listener.endpoint, env=manager.environment).launch_only()
    assert daemon.process.wait(60) == 1
    assert manager.listen() == []


def test_status_and_stop(database, new_daemon, new_manager, new_client):
    manager = new_manager()
    daemon = new_daemon("--stop-time", "20s", env=manager.environment).start()
    place = manager.wait("the database", STATUS="policy ")
    assert manager.heard[place]["STATUS"].endswith(", 0 in flight")
    client = new_client(daemon.endpoint)
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        client.send(request("status", ticket()))
        wait_until(lambda: any(", 1 in flight" in message.get("STATUS", "")
                               for message in manager.listen()), "one in flight")
        mark = len(manager.heard)
        daemon.signal(signal.SIGTERM)
        place = manager.wait("STOPPING", mark, STOPPING="1")
        # More than the stop may take, in microseconds, and it is still stopping.
        assert int(manager.heard[place]["EXTEND_TIMEOUT_USEC"]) > 20_000_000
        assert daemon.process.poll() is None
        manager.wait("the status of a stop", place, STATUS="stopping, 1 in flight")
    assert client.receive()["status"] == "accepted"
    assert daemon.stop() == 0
    assert manager.count("READY") == 1


def test_reload_is_announced_and_ended(new_daemon, new_manager):
    manager = new_manager()
    daemon = new_daemon(env=manager.environment).start().wait_for_database()
    mark = len(manager.listen())
    daemon.signal(signal.SIGHUP)
    place = manager.wait("RELOADING", mark, RELOADING="1")
    assert "READY" not in manager.heard[place]
    place = manager.wait("READY", place, READY="1")
    assert manager.heard[place]["STATUS"].startswith("policy ")
    assert daemon.stop() == 0


def waits_for_its_log(process):
    """True while the system call it sleeps in has standard error as its first argument."""
    with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
        words = file.read().split()
    return len(words) > 1 and words[1] == "0x2"


def fill(writer):
    """Until a pipe takes nothing more. By a description of its own: that of the
    daemon must stay one that waits."""
    own = os.open(f"/proc/self/fd/{writer}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(own, b".")
    except BlockingIOError:
        os.close(own)


def test_watchdog_is_fed_by_the_loop_only(new_daemon, new_manager):
    """The loop is made to hang as it may in earnest: nobody reads its log."""
    manager = new_manager(watchdog_ms=200)
    reader, writer = os.pipe()
    daemon = new_daemon(conninfo=NO_DATABASE, env=manager.environment, stderr=writer)
    try:
        daemon.launch_only()
        manager.wait("READY", READY="1")
        wait_until(lambda: manager.count("WATCHDOG") >= 3, "the watchdog to be fed")
        fill(writer)
        daemon.signal(signal.SIGHUP)  # which it logs
        wait_until(lambda: waits_for_its_log(daemon.process), "the loop to hang")
        fed = manager.count("WATCHDOG")
        time.sleep(1)  # of silence: five times what the manager waits for
        assert manager.count("WATCHDOG") == fed
        assert waits_for_its_log(daemon.process)
        os.set_blocking(reader, False)
        wait_until(lambda: drain(reader) or manager.count("WATCHDOG") >= fed + 3,
                   "the watchdog to be fed again")
        daemon.signal(signal.SIGTERM)
        wait_until(lambda: drain(reader) or daemon.process.poll() is not None, "the stop")
        assert daemon.process.returncode == 0
    finally:
        os.close(reader)
        os.close(writer)


def drain(reader):
    try:
        os.read(reader, 65536)
    except BlockingIOError:
        pass


def test_no_watchdog_unless_wanted(new_daemon, new_manager):
    manager = new_manager()
    daemon = new_daemon(env=manager.environment).start()
    manager.wait("the database", STATUS="policy ")
    assert daemon.stop() == 0
    assert manager.count("WATCHDOG") == 0


def inode(path):
    return os.stat(path).st_ino


def test_listener_serves_across_a_restart(new_daemon, new_client, tmp_path):
    listener = Listener(tmp_path)
    before = inode(listener.path)
    # A client may come before the daemon does.
    client = new_client(listener.endpoint)
    client.send(request("early", ticket()))
    first = new_daemon(endpoint=listener.endpoint, **listener.popen()).start()
    first.wait_for_database()
    while (answer := client.receive())["status"] == "retry":
        client.send(request("early", ticket()))
    assert answer["status"] == "accepted"
    assert first.stop() == 0
    assert inode(listener.path) == before  # neither removed nor made anew
    # Nobody is there, nobody is refused: it waits at the manager's socket.
    client.send(request("between", ticket()))
    newcomer = new_client(listener.endpoint)
    newcomer.send({"v": 1, "op": "ping", "id": "newcomer"})
    second = new_daemon(endpoint=listener.endpoint, **listener.popen()).start()
    assert newcomer.receive()["id"] == "newcomer"
    while (answer := client.receive())["status"] == "retry":
        client.send(request("between", ticket()))
    assert (answer["key"], answer["status"]) == ("between", "accepted")
    # A crash keeps it as well.
    second.kill()
    assert inode(listener.path) == before
    third = new_daemon(endpoint=listener.endpoint, **listener.popen()).start()
    third.wait_for_database()
    assert client.submit_until_kept("between", ticket())["status"] == "duplicate"
    assert third.stop() == 0
    assert stat.S_IMODE(os.stat(listener.path).st_mode) == 0o660
    assert os.listdir(tmp_path) == ["triaged.sock"]  # no lock: the manager keeps others out


def test_another_listener_is_refused(new_daemon, tmp_path):
    listener = Listener(tmp_path)
    daemon = new_daemon(endpoint=f"ipc://{tmp_path}/other", **listener.popen()).launch_only()
    assert daemon.process.wait(60) == 1
    assert f"{tmp_path}/other: the service manager handed over another" in daemon.log()
    assert sorted(os.listdir(tmp_path)) == ["triaged.sock"]


# Refuses memory that is written and executed, as MemoryDenyWriteExecute= does.
DENY = """
import ctypes, os, sys
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
    sys.exit("no PR_SET_MDWE: " + os.strerror(ctypes.get_errno()))
if len(sys.argv) > 1:
    os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.skipif(subprocess.run([sys.executable, "-c", DENY], check=False,
                                   stderr=subprocess.DEVNULL).returncode != 0,
                    reason="this kernel (before 6.3) has no PR_SET_MDWE")
def test_works_without_executable_memory(new_daemon):
    """The sample tickets, decided without a JIT."""
    daemon = new_daemon("--accept-received-at", rules=SHIPPED, launch=[sys.executable, "-c", DENY])
    daemon.start().wait_for_database()
    samples = sorted((ROOT / "tests" / "data").glob("tickets-*.jsonl"))
    lines = "".join(path.read_text() for path in samples)
    done = subprocess.run([build_folder() / "triagectl", "push", "--endpoint", daemon.endpoint],
                          input=lines, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert daemon.stop() == 0
    assert daemon.summary()["accepted"] == lines.count("\n")
    assert daemon.log().count("jit=no") == 1  # told once, not for each pattern


def test_jit_is_not_missed_elsewhere(new_daemon):
    daemon = new_daemon(conninfo=NO_DATABASE).start()
    assert daemon.stop() == 0
    assert "jit=no" not in daemon.log()
