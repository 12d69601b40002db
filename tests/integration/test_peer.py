# SPDX-License-Identifier: MIT
"""The manual's way from the units' users to the database's roles, as it is written there."""
import os
import pathlib
import pwd
import re

import psycopg
import pytest

from support import ROOT, wait_until

PAGE = (ROOT / "daemon/triaged.conf.5").read_text()
WORDS = {"triaged": ("triaged_daemon", "triaged.service"),
         "triage-mail": ("triaged_mail", "triage-mail.service")}


def example(begin):
    """The literal block of the page that begins so."""
    return next(block for block in re.findall(r"(?s)^\.Bd -literal[^\n]*\n(.*?)^\.Ed", PAGE, re.M)
                if block.startswith(begin))


@pytest.fixture(scope="module")
def server(cluster, database):
    """The cluster with the manual's lines; their system users are who runs the test."""
    with cluster.connect() as connection:
        files = [pathlib.Path(connection.execute(f"SHOW {name}").fetchone()[0])
                 for name in ("hba_file", "ident_file")]
    before = [file.read_text() for file in files]

    def use(hba, ident):
        for file, lines, rest in zip(files, (hba, ident), before):
            file.write_text(lines + rest)
        with cluster.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")
            faults = connection.execute(
                "SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL UNION ALL"
                " SELECT error FROM pg_ident_file_mappings WHERE error IS NOT NULL").fetchall()
        assert faults == []

    yield use
    use("", "")


def connect(cluster, conninfo):
    """Who one is with a conninfo of the manual at this cluster, or the refusal."""
    host = psycopg.conninfo.conninfo_to_dict(cluster.conninfo("triaged"))
    options = psycopg.conninfo.conninfo_to_dict(conninfo)
    try:
        with psycopg.connect(host=host["host"], port=host.get("port", ""), **options) as connection:
            return connection.execute("SELECT current_user").fetchone()[0]
    except psycopg.OperationalError as refusal:
        return str(refusal)


def reloaded(cluster, wanted):
    """The server's main process takes the files a moment after it was asked to."""
    wait_until(lambda: wanted in connect(cluster, "dbname=triaged user=triaged_mail"), wanted)


def test_users_of_the_units_take_their_roles(cluster, server, monkeypatch):
    me = pwd.getpwuid(os.geteuid()).pw_name
    hba = example("# TYPE")
    ident = example("# MAPNAME")
    for user, (role, _) in WORDS.items():
        ident, count = re.subn(rf"(?m)^(\S+\s+){user}(\s+{role})$", rf"\g<1>{me}\2", ident)
        assert count == 1, (user, ident)
    # Peer without the map: nobody is who they are not.
    server(hba, "")
    reloaded(cluster, "Peer authentication failed")
    server(hba, ident)
    reloaded(cluster, "triaged_mail")
    for section, (role, unit) in WORDS.items():
        conninfo = re.search(rf"(?s)\[{section}\]\ndatabase = ([^\n]*)", example("[triaged]\ndatabase"))[1]
        assert connect(cluster, conninfo) == role
        # The unit's environment does for the default what user= does.
        setting = re.search(r"(?m)^Environment=PGUSER=(.*)$", (ROOT / "systemd" / unit).read_text())
        monkeypatch.setenv("PGUSER", setting[1])
        assert connect(cluster, "dbname=triaged") == role
