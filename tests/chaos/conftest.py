# SPDX-License-Identifier: MIT
"""Uses what the integration tests share, and prints the numbers at the end of a run."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))


def pytest_terminal_summary(terminalreporter):
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "chaos" and report.when == "call":
                    terminalreporter.write_line(value)
