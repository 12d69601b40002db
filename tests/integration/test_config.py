# SPDX-License-Identifier: MIT
"""The configuration file at the programs; its faults have golden tests."""
import os
import re
import subprocess

import pytest

from support import ROOT, RULES, build_folder


def run(program, *arguments, **environment):
    return subprocess.run([build_folder() / program, *arguments], text=True, timeout=120,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          env={**os.environ, **environment})


def test_daemon_takes_it_and_the_command_line_wins(new_daemon, database, tmp_path):
    file = tmp_path / "triaged.conf"
    file.write_text(f"[triaged]\nendpoint = ipc://{tmp_path}/file\nrules = /nonexistent\n"
                    f"database = {database.conninfo}\n")
    daemon = new_daemon("--config", file)
    # What is not on the command line any more comes from the file.
    for option in ("--database", "--endpoint"):
        place = daemon.command.index(option)
        del daemon.command[place:place + 2]
    daemon.start().wait_for_database()
    assert f"ready endpoint=ipc://{tmp_path}/file" in daemon.log()
    pinged = run("triagectl", "ping", TRIAGED_CONFIG=str(file))
    assert pinged.returncode == 69  # [triagectl] says nothing
    file.write_text(file.read_text() + f"[triagectl]\nendpoint = ipc://{tmp_path}/file\n")
    pinged = run("triagectl", "ping", TRIAGED_CONFIG=str(file))
    assert pinged.returncode == 0, pinged.stderr
    pinged = run("triagectl", "ping", "--endpoint", f"ipc://{tmp_path}/none", "--timeout", "100ms",
                 TRIAGED_CONFIG=str(file))
    assert pinged.returncode == 69
    assert daemon.stop() == 0


def test_faults_end_every_program_with_78(tmp_path):
    file = tmp_path / "triaged.conf"
    file.write_text("[triaged]\nbatsh = 1\n[triagectl]\nendpiont = x\n")
    for command, told in ((("triaged", "--check", "--config", str(file)), "'batch'"),
                          (("triagectl", "ping"), "'endpoint'")):
        done = run(*command, TRIAGED_CONFIG=str(file))
        assert (done.returncode, done.stdout) == (78, "")
        assert f"did you mean {told}?" in done.stderr, done.stderr
        assert f"{file}:" in done.stderr


@pytest.mark.parametrize("name, value, told", [
    ("endpoint", "tcp://0.0.0.0:5999", "beyond loopback"), ("endpoint", "foo", "not an ipc://"),
    ("endpoint", "ipc://@x", "path of a file"), ("endpoint", f"ipc:///{'x' * 120}", "at most 107"),
    ("endpoint", "tcp://127.0.0.1:x", "no port"), ("http", "0.0.0.0:9464", "only loopback"),
    ("http", "unix:", "is no address"), ("http", "9464", "is no address")])
def test_check_refuses_what_start_refuses(tmp_path, name, value, told):
    file = tmp_path / "triaged.conf"
    file.write_text(f"[triaged]\n{name} = {value}\n")
    small = ("--rules", ROOT / "tests/data/rules-small")
    for more in ((), ("--check",)):
        done = run("triaged", "--config", file, *small, *more)
        assert (done.returncode, done.stdout) == (78, ""), done.stderr
        assert f"{file}:2:{len(name) + 4}: error: {name}: " in done.stderr and told in done.stderr
        done = run("triaged", *small, f"--{name}", value, *more, TRIAGED_CONFIG="")
        assert (done.returncode, done.stdout) == (64, "")
        assert f"triaged: --{name}: " in done.stderr and told in done.stderr
    # What the command line replaces was not used.
    done = run("triaged", "--config", file, *small, "--check", "--endpoint", "ipc:///tmp/x",
               "--http", "none")
    assert done.returncode == 0, done.stderr


FROM = "from = support@example.org"


@pytest.mark.parametrize("lines, options, place", [
    ([FROM, "lease = 1min"], [], "3:9: error: lease: nine tenths"),
    ([FROM, "final-time = 30min"], [], "3:14: error: lease: nine tenths"),
    ([FROM, "backoff-most = 1s"], [], "3:16: error: backoff-most is less than backoff"),
    ([FROM, "user = x"], [], "3:8: error: user and password-file go together"),
    (["from = nobody"], [], "2:8: error: from: "),
    (["cap = 3"], [], "1:1: error: from is needed"),
    ([FROM, "relay = a b"], [], "3:9: error: relay: "),
    ([FROM], ["--lease", "1min"], None), ([FROM, "lease = 1h"], ["--lease", "1min"], None)])
def test_faults_between_settings_have_their_place(tmp_path, lines, options, place):
    file = tmp_path / "triaged.conf"
    file.write_text("\n".join(["[triage-mail]", *lines, ""]))
    done = run("triage-mail", "--config", file, "--check", *options)
    assert done.stdout == ""
    if place:
        assert done.returncode == 78 and f"{file}:{place}" in done.stderr, done.stderr
        assert "--help" not in done.stderr
    else:
        assert done.returncode == 64
        assert "triage-mail: --lease: nine tenths" in done.stderr and "--help" in done.stderr


def test_file_without_our_section(tmp_path):
    file = tmp_path / "triaged.conf"
    file.write_text("[triaged]\n")
    done = run("triage-mail", "--check", TRIAGED_CONFIG=str(file))
    assert done.returncode == 78 and f"{file}: error: from is needed" in done.stderr, done.stderr
    done = run("triage-mail", "--check", TRIAGED_CONFIG="")
    assert done.returncode == 64 and "--from is needed" in done.stderr


def test_missing_file():
    for options, environment in ((["--config", "/nonexistent/x"], {}),
                                 ([], {"TRIAGED_CONFIG": "/nonexistent/x"})):
        done = run("triaged", "--check", *options, **environment)
        assert done.returncode == 78
        assert "/nonexistent/x: error: No such file" in done.stderr
    # Who asks for help may have a broken one.
    assert run("triaged", "--help", TRIAGED_CONFIG="/nonexistent/x").returncode == 0


def settings_of(program):
    """The names of the section that a program prints, and the text with all of them set."""
    text = run(program, "--print-config").stdout
    return set(re.findall(r"^#([a-z-]+) =", text, re.M)), re.sub(r"(?m)^#(?=[a-z])", "", text)


def test_example_is_complete_and_right(tmp_path):
    names, text = settings_of("triaged")
    options = set(re.findall(r"^  (?:-\w,|   ) --([a-z-]+)", run("triaged", "--help").stdout, re.M))
    assert options - names == {"config", "check", "print-config", "version", "help"}
    assert names <= options
    file = tmp_path / "triaged.conf"
    file.write_text(text)
    done = run("triaged", "--check", "--config", file, "--rules", ROOT / "tests/data/rules-small")
    assert done.returncode == 0, done.stderr
    _, text = settings_of("triagectl")
    file.write_text(text)
    done = run("triagectl", "check", "--rules", RULES, TRIAGED_CONFIG=str(file))
    assert done.returncode == 0, done.stderr


def test_cache_in_the_home_of_who_calls(tmp_path):
    file = tmp_path / "triaged.conf"
    file.write_text("[triagectl]\ncache = ~/.cache/triaged\n")
    command = ("triagectl", "check", "--rules", ROOT / "tests/data/rules-small")
    for home, made in (("home", True), ("not/there", True), ("triaged.conf", False)):
        done = run(*command, TRIAGED_CONFIG=str(file), HOME=str(tmp_path / home))
        assert done.returncode == 0, done.stderr
        cache = tmp_path / home / ".cache" / "triaged"
        assert cache.exists() == made
        if made:
            assert cache.stat().st_mode & 0o777 == 0o700
            assert [entry for entry in cache.iterdir() if entry.name.startswith("scan-")]
