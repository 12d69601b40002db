# SPDX-License-Identifier: MIT
"""triage-mail under a service manager, and its section of the configuration file."""
import signal
import subprocess

from support import build_folder, wait_until

NO_DATABASE = "host=/nonexistent dbname=none"


def start(manager, tmp_path, *options):
    file = tmp_path / "triaged.conf"
    file.write_text(f"[triage-mail]\nfrom = support@example.org\ndatabase = {NO_DATABASE}\n")
    return subprocess.Popen([build_folder() / "triage-mail", "--config", file, *options],
                            env=manager.environment, stdin=subprocess.DEVNULL)


def test_tells_the_manager(new_manager, tmp_path):
    manager = new_manager(watchdog_ms=200)
    process = start(manager, tmp_path)
    try:
        assert manager.wait("READY", READY="1") == 0, manager.heard
        assert manager.heard[0]["STATUS"] == "waiting for database"
        # Far more often than it looks for a database that is away.
        wait_until(lambda: manager.count("WATCHDOG") >= 40, "the watchdog to be fed")
        process.send_signal(signal.SIGTERM)
        place = manager.wait("STOPPING", STOPPING="1")
        assert int(manager.heard[place]["EXTEND_TIMEOUT_USEC"]) > 10_000_000
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_is_never_ready_without_a_sender(new_manager, tmp_path):
    manager = new_manager()
    process = start(manager, tmp_path, "--from", "nobody")
    assert process.wait(30) == 64
    assert manager.listen() == []


def test_faults_of_the_file(tmp_path):
    file = tmp_path / "triaged.conf"
    file.write_text("[triage-mail]\nrelais = localhost\ntls = maybe\n")
    done = subprocess.run([build_folder() / "triage-mail", "--check", "--config", file],
                          text=True, capture_output=True, check=False)
    assert done.returncode == 78
    assert "did you mean 'relay'?" in done.stderr and f"{file}:3:7: error:" in done.stderr
