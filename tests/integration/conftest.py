# SPDX-License-Identifier: MIT
"""Fixtures: one cluster per session, a fresh database per module, a daemon per
test or per module. When a test fails, the logs of its daemons are shown."""
import pytest

import support

_daemons = []


@pytest.fixture(scope="session")
def cluster():
    made = support.Cluster()
    made.start()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def database(cluster):
    made = support.Database(cluster, cluster.new_database())
    yield made
    made.close()


def _make(conninfo, *options, **more):
    daemon = support.Daemon(conninfo, *options, **more)
    _daemons.append(daemon)
    return daemon


def _end(daemon):
    _daemons.remove(daemon)
    daemon.remove()


@pytest.fixture
def new_daemon(database):
    """Makes daemons that end with the test: new_daemon(*options, conninfo=…)."""
    made = []

    def make(*options, conninfo=None, **more):
        made.append(_make(conninfo or database.conninfo, *options, **more))
        return made[-1]

    yield make
    for daemon in made:
        _end(daemon)


@pytest.fixture(scope="module")
def daemon(database, request):
    """One that all tests of a module may use, with its database and the module's
    DAEMON_OPTIONS and DAEMON_RULES."""
    made = _make(database.conninfo, *getattr(request.module, "DAEMON_OPTIONS", ()),
                 rules=getattr(request.module, "DAEMON_RULES", None))
    made.start().wait_for_database()
    yield made
    status = made.stop()
    log = made.log()
    _end(made)
    assert status == 0, log


@pytest.fixture
def new_client():
    made = []

    def make(endpoint, **more):
        made.append(support.Client(endpoint, **more))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def new_manager():
    made = []

    def make(**more):
        made.append(support.Manager(**more))
        return made[-1]

    yield make
    for manager in made:
        manager.close()


@pytest.fixture
def client(daemon, new_client):
    return new_client(daemon.endpoint)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for daemon in _daemons:
            report.sections.append((f"log of {daemon.endpoint}", daemon.log()[-20000:]))
