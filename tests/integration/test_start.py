# SPDX-License-Identifier: MIT
"""Options, rules and endpoint at the start."""
import os
import stat
import subprocess

from support import CACHE, ROOT, RULES, SHIPPED, build_folder


def run(*options):
    return subprocess.run([build_folder() / "triaged", *options], text=True, timeout=120,
                          stdin=subprocess.DEVNULL, capture_output=True)


def test_check_of_the_rules():
    done = run("--check", "--rules", SHIPPED, "--cache", CACHE)
    assert (done.returncode, done.stdout) == (0, "configuration OK\n"), done.stderr


def test_wrong_rules(tmp_path):
    (tmp_path / "broken.yaml").write_text("teams:\n  - [\n")
    for options in (["--check"], ["--endpoint", f"ipc://{tmp_path}/s"]):
        done = run("--rules", tmp_path, *options)
        assert done.returncode == 78
        assert "broken.yaml:" in done.stderr
        assert done.stdout == ""


def test_examples_that_fail():
    folder = ROOT / "tests" / "golden" / "rules" / "examples-fail"
    done = run("--check", "--rules", folder)
    assert done.returncode == 78
    assert f"{folder}/rules.yaml:61:9: error: this example is answered, not routed" in done.stderr
    assert "hint: the gate 'early' answers" in done.stderr


def test_wrong_options():
    for options, told in ((["--ruls=x"], "did you mean"), (["--batch", "0"], "--batch"),
                          (["--rerun", "5"], "--rerun"), (["operand"], "operand"),
                          (["--log-level", "loud"], "--log-level")):
        done = run(*options)
        assert done.returncode == 64, options
        assert told in done.stderr


def test_nothing_reaches_the_terminal_raw():
    sly = "\x1b]0;x\x07\x9b"
    for options in ([f"--{sly}"], [f"-{sly}"], [sly], ["--batch", sly], ["--log-level", sly],
                    ["--check", "--rules", f"/nowhere/{sly}"],
                    ["--rules", RULES, "--cache", CACHE, "--endpoint", f"ipc:///nowhere/{sly}"]):
        done = run(*options)
        assert done.returncode != 0, options
        assert "\x1b" not in done.stderr and "\x07" not in done.stderr, options
        assert "\\x1b]0;x" in done.stderr, options


def test_help_and_version():
    done = run("--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout and "--accept-received-at" in done.stdout
    assert run("--version").stdout.startswith("triaged ")


def test_endpoint(new_daemon, new_client):
    daemon = new_daemon().start()
    path = daemon.endpoint.removeprefix("ipc://")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    second = new_daemon(endpoint=daemon.endpoint)
    done = run(*[str(word) for word in second.command[1:]])
    assert done.returncode == 1
    assert path in done.stderr
    assert new_client(daemon.endpoint).ask({"v": 1, "op": "ping"})["status"] == "ok"
    daemon.kill()
    third = new_daemon(endpoint=daemon.endpoint).start()
    assert new_client(third.endpoint).ask({"v": 1, "op": "ping"})["status"] == "ok"
    assert third.stop() == 0


def test_public_address_is_refused():
    done = run("--rules", RULES, "--cache", CACHE, "--endpoint", "tcp://0.0.0.0:5999")
    assert done.returncode == 64
    assert "--endpoint: tcp://0.0.0.0:5999" in done.stderr
