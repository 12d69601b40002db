# SPDX-License-Identifier: MIT
"""Uses what the integration tests share, and prints the numbers at the end of a run."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))


def pytest_configure(config):
    config.chaos_report = []


def pytest_terminal_summary(terminalreporter, config):
    for line in config.chaos_report:
        terminalreporter.write_line(line)
