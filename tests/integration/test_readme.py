# SPDX-License-Identifier: MIT
"""What a newcomer does: "make run" on a terminal, then every command of README.md in
a second one, in their order.

The checkout is a folder of links with a build folder of its own, so that a "make run"
that is at work in the real one does not meet this.
"""
import os
import pathlib
import pwd
import re
import signal
import subprocess

import psycopg
import pytest

import support
import terminal

# The lines that are not run here, and where they are tried.
ELSEWHERE = {
    "make run": "the fixture day, by its script",
    "make test": "this is a part of it",
    "make install": "test_install.py",
    "systemd-sysusers && systemd-tmpfiles --create": "test_install.py, the files",
    "systemctl daemon-reload": "test_install.py, the units",
    "systemctl enable --now triaged.socket triaged.service triage-mail.service":
        "test_install.py, the units",
    "install -D -m 644 /usr/local/share/triaged/triaged.conf.example /etc/triaged/triaged.conf":
        "test_install.py, the example",
    "editor /etc/triaged/triaged.conf": "nothing to try",
    "sudo -u postgres createuser --createrole triaged_owner": "test_install_makes_a_database",
    "sudo -u postgres createdb --owner triaged_owner triaged": "test_install_makes_a_database",
    "sudo -u postgres psql -c 'SELECT pg_reload_conf()'": "nothing to try",
    "sudo -u postgres triagectl db upgrade --database 'dbname=triaged user=triaged_owner'":
        "test_install_makes_a_database",
    "sudo -u postgres psql -c 'CREATE ROLE nora LOGIN IN ROLE triaged_agent'":
        "test_install_makes_a_database",
}
# What a line that is run here may begin with: it touches nothing but the demonstration.
KNOWN = re.compile(r"(PGUSER=\w+ )?(triagectl|triaged|triage-mail) "
                   r"|(ticket|reference|token)=\$\((triagectl|sed) "
                   r"|export PGUSER=|\. build/run/env$|echo .* \| triagectl "
                   r"|cp -r rules build/run/new-rules$"
                   r"|curl -s --unix-socket build/run/|tools/mail_sink\.py show build/run/mail$"
                   r"|kill -HUP \"\$\(cat build/run/triaged\.pid\)\"$")
ACTS = ("pushes 308 sample tickets", "How they were decided", "The queues", "An agent is added",
        "One decision, explained", "Its requester answers", "triage-mail has sent",
        "The operator looks", "Try it yourself")


def commands(text):
    """The lines of the indented blocks, without those that are fenced."""
    unfenced = re.sub(r"(?ms)^```.*?^```$", "", text)
    return [line[4:] for line in unfenced.splitlines() if line.startswith("    ")]


README = (support.ROOT / "README.md").read_text()
COMMANDS = commands(README)


def link_checkout(folder):
    build = folder / "build"
    build.mkdir(parents=True)
    for name in ("Makefile", "README.md", "rules", "schemas", "tests", "tools"):
        (folder / name).symlink_to(support.ROOT / name)
    for name in ("triaged", "triagectl", "triage-mail"):
        (build / name).symlink_to(support.plain_folder() / name)
    support.CACHE.mkdir(parents=True, exist_ok=True)
    (build / "cache").symlink_to(support.CACHE)
    return folder


def environment():
    return {**{name: value for name, value in os.environ.items()
               if not name.startswith(("TRIAGED_", "PG", "XDG_")) and name not in (
                   "ONCE", "KEEP", "RULES", "SHADOW")},
            "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def started(folder):
    return [int(file.read_text()) for file in (folder / "build/run").glob("*.pid")]


def alive(processes):
    return [process for process in processes if pathlib.Path(f"/proc/{process}").exists()]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A "make run" that is at work, with a shadow; its terminal, and the checkout."""
    folder = link_checkout(tmp_path_factory.mktemp("a newcomer's") / "checkout")
    window = terminal.Terminal([str(folder / "tools" / "run.sh")],
                               {**environment(), "SHADOW": "rules"})
    processes = []
    try:
        window.wait_for("Ctrl-C here stops everything")
        processes = started(folder)
        assert len(processes) == len(alive(processes)) == 3
        yield window, folder
        window.type("\x03")
        # A server that stops writes all it has: slow where much else writes.
        assert window.wait(120) == 0, window.text
        assert "are stopped" in window.text
        assert alive(processes) == []
    finally:
        if window.status is None:
            window.signal(signal.SIGTERM)
            window.wait()
        window.end()
        for process in alive(processes):
            os.kill(process, signal.SIGKILL)
        subprocess.run([folder / "tools" / "cluster.sh", "remove"], check=True,
                       stdin=subprocess.DEVNULL)


def test_screen_shows_the_day(day):
    text = day[0].text
    assert [act for act in ACTS if act not in text] == []
    assert "308 accepted" in text and "is closed" in text
    assert re.search(r"follow-up .*\n  outcome +routed", text)
    assert "] Changing your student's mentor" in text and "Votre appel à facturation" in text
    assert re.search(r"mail +ok +0 pending", text)
    assert len(text.splitlines()) <= 150  # a newcomer scrolls back through it


def test_the_shadow_decides_beside(day):
    command = ". build/run/env && PGUSER=otto triagectl shadow"

    def told():
        done = subprocess.run(["bash", "-ec", command], cwd=day[1], env=environment(), text=True,
                              capture_output=True, check=True)
        return re.match(r"shadow policy \w{12}: (\d+) tickets", done.stdout)
    support.wait_until(lambda: told() and int(told()[1]) >= 308, "the shadow's decisions")


def test_every_command_is_known():
    assert [line for line in COMMANDS if line not in ELSEWHERE and not KNOWN.match(line)] == []
    assert [line for line in ELSEWHERE if line not in COMMANDS] == []
    assert len(COMMANDS) > 40


def test_every_command_works(day, tmp_path):
    """One shell, as a reader has; each line has to end well."""
    script = tmp_path / "commands"
    script.write_text("".join(f"{line}\n" for line in COMMANDS if line not in ELSEWHERE))
    done = subprocess.run(["bash", "-veuo", "pipefail", script], cwd=day[1], env=environment(),
                          text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=600, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"(?m)^outcome +routed$", done.stdout)  # by the follow-up
    log = day[1] / "build/run/triaged.log"
    support.wait_until(lambda: "is the one in use" in log.read_text(), "the reload")


def test_metrics_have_the_names_of_the_page(day):
    names = re.findall(r"`(triaged_\w+_(?:seconds|up))`", README)
    assert len(names) == 2

    def metrics():
        return subprocess.run(
            ["curl", "-s", "--unix-socket", "build/run/triaged.sock.http", "http://localhost/metrics"],
            cwd=day[1], check=True, text=True, stdout=subprocess.PIPE).stdout

    support.wait_until(lambda: (text := metrics()) and all(f"\n{name}" in text for name in names), names)


def test_install_makes_a_database():
    """What the page says of roles, pg_hba.conf and pg_ident.conf, for the caller in the
    place of the services' users."""
    block = next(text for text in re.findall(r"(?ms)^```\n(.*?)^```$", README) if "map=" in text)
    assert block in (support.ROOT / "daemon/triaged.8").read_text()
    hba, ident = block.split("\n\n")
    caller = pwd.getpwuid(os.geteuid()).pw_name
    ident = re.sub(r"(?m)^(triaged +)\S+", rf"\g<1>{caller}", ident)
    made = support.Cluster()
    made.start()
    try:
        with made.connect() as connection:
            data, = connection.execute("SHOW data_directory").fetchone()
            connection.execute("DROP DATABASE triaged")
            connection.execute("CREATE ROLE triaged_owner LOGIN CREATEROLE")  # createuser
            connection.execute("CREATE DATABASE triaged OWNER triaged_owner")  # createdb
            others = pathlib.Path(data, "pg_hba.conf").read_text()
            pathlib.Path(data, "pg_hba.conf").write_text(f"{hba}\n{others}")
            pathlib.Path(data, "pg_ident.conf").write_text(ident)
            connection.execute("SELECT pg_reload_conf()")
            assert connection.execute("SELECT bool_and(error IS NULL) FROM pg_hba_file_rules").fetchone()[0]
        upgrade = next(line for line in COMMANDS if "db upgrade --database" in line)
        conninfo = psycopg.conninfo.make_conninfo(
            re.search(r"'(.*)'", upgrade)[1], host=made.folder, port="5432")
        done = subprocess.run([support.build_folder() / "triagectl", "db", "upgrade", "--sql",
                               support.ROOT / "schemas/sql", "--database", conninfo],
                              text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        for role in ("triaged_daemon", "triaged_mail"):
            with psycopg.connect(psycopg.conninfo.make_conninfo(conninfo, user=role)) as connection:
                connection.execute("SELECT * FROM triaged.migration")
        with made.connect("triaged") as connection:
            connection.execute(next(
                line for line in COMMANDS if "CREATE ROLE nora" in line).split("'")[1])
        # Only by the map: another user of the machine is not the daemon.
        with made.connect() as connection:
            pathlib.Path(data, "pg_ident.conf").write_text(ident.replace(caller, "somebody"))
            connection.execute("SELECT pg_reload_conf()")
        with pytest.raises(psycopg.OperationalError, match="[Pp]eer authentication failed"):
            psycopg.connect(psycopg.conninfo.make_conninfo(conninfo, user="triaged_daemon"))
    finally:
        made.remove()


def test_configuration_of_the_page_is_right(tmp_path):
    block = next(text for text in re.findall(r"(?ms)^```\n(.*?)^```$", README) if "[triaged]" in text)
    file = tmp_path / "triaged.conf"
    file.write_text(block)
    for program, *more in (("triaged", "--check", "--rules", support.SHIPPED, "--cache", support.CACHE),
                           ("triage-mail", "--check"), ("triagectl", "ping", "-t", "10ms", "-e", "ipc:///nowhere")):
        done = subprocess.run([support.build_folder() / program, *more], text=True, capture_output=True,
                              check=False, env={**environment(), "TRIAGED_CONFIG": str(file)})
        assert done.returncode == (69 if program == "triagectl" else 0), done.stderr
    # With it, commands that need the rules are quick: each user has compiled patterns.
    subprocess.run([support.build_folder() / "triagectl", "explain", "--rules", support.RULES, "hello"],
                   check=True, stdout=subprocess.DEVNULL,
                   env={**environment(), "TRIAGED_CONFIG": str(file), "HOME": str(tmp_path)})
    assert list((tmp_path / ".cache" / "triaged").glob("scan-*"))
