# SPDX-License-Identifier: MIT
"""The configuration file at the programs; its faults have golden tests."""
import os
import re
import subprocess

from support import ROOT, build_folder, rules_folder


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
    done = run("triagectl", "check", "--rules", rules_folder(), TRIAGED_CONFIG=str(file))
    assert done.returncode == 0, done.stderr
