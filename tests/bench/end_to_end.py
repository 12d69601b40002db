#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Durable tickets per second through the whole daemon, against raw COPY of the same rows.

Each round truncates the tables, checkpoints, pushes TICKETS over ZeroMQ and waits for every ack
(which leaves after the commit); then copies out the rows that this left, truncates again, and lets
COPY put them back in one transaction. Rounds alternate, so that drift of the machine hits both.

    end_to_end.py [--rounds 5] [--tickets 20000] [--window 4000] [--batch 500] [--json]
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import psycopg

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
TABLES = ["ticket_key", "ticket", "attachment", "ticket_event", "queue", "queue_depth_delta", "outbox"]


def shell(*arguments):
    return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True, cwd=TOP).stdout.strip()


def empty(connection):
    connection.execute("TRUNCATE " + ", ".join("triaged." + t for t in TABLES + ["queue_depth_total"]))
    connection.execute("CHECKPOINT")


def copy_out(connection):
    rows = {}
    for table in TABLES:
        with connection.cursor().copy(f"COPY triaged.{table} TO STDOUT (FORMAT binary)") as copy:
            rows[table] = [bytes(block) for block in copy]
    return rows


def copy_in(connection, rows):
    """One transaction, all tables: the ceiling of what this schema can take."""
    started = time.monotonic()
    with connection.transaction():
        for table in TABLES:
            with connection.cursor().copy(f"COPY triaged.{table} FROM STDIN (FORMAT binary)") as copy:
                block = bytearray()
                for piece in rows[table]:
                    block += piece
                    if len(block) > 1 << 20:
                        copy.write(bytes(block))
                        block.clear()
                copy.write(bytes(block))
    return time.monotonic() - started


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(values):
    return f"{statistics.median(values):,.2f} [{min(values):,.2f} .. {max(values):,.2f}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tickets", type=int, default=20000)
    parser.add_argument("--window", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rules", help="another rules folder than the corpus's own 600 patterns")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    shell("tools/cluster.sh", "start", "--fresh")
    conninfo = shell("tools/cluster.sh", "conninfo")
    superconninfo = shell("tools/cluster.sh", "superconninfo")
    shell("build/triagectl", "db", "upgrade", "--database", conninfo, "--sql", "schemas/sql")
    folder = tempfile.TemporaryDirectory(prefix="triaged-bench-")
    endpoint = f"ipc://{folder.name}/bench.sock"
    if not options.rules:
        options.rules = os.path.join(folder.name, "rules")
        os.mkdir(options.rules)
        for name in ["policy.yaml", "mentor/other.yaml", "coach/other.yaml"]:
            shutil.copy(TOP / "rules" / name, os.path.join(options.rules, name.replace("/", "_")))
        shell("build/tests/bench/load_bench", "rules", options.rules)
    log = open(os.path.join(folder.name, "log"), "w+")
    daemon = subprocess.Popen(
        ["build/triaged", "--rules", options.rules, "--database", conninfo, "--endpoint", endpoint,
         "--cache", "build/cache", "--batch", str(options.batch), "--in-flight", str(options.window),
         "--log-level", "warning"], cwd=TOP, stderr=log)
    results = []
    try:
        shell("build/triagectl", "ping", "--endpoint", endpoint, "--timeout", "60s")
        with psycopg.connect(superconninfo, autocommit=True) as connection:
            for number in range(options.rounds):
                empty(connection)
                before = cpu_seconds(daemon.pid)
                load = json.loads(shell("build/tests/bench/load_bench", "push", endpoint, str(options.tickets),
                                        str(options.window), str(number + 1)))
                daemon_us = (cpu_seconds(daemon.pid) - before) / options.tickets * 1e6
                stored = connection.execute("SELECT count(*) FROM triaged.ticket").fetchone()[0]
                if stored != options.tickets:
                    sys.exit(f"end_to_end: {options.tickets} acked but {stored} stored")
                rows = copy_out(connection)
                empty(connection)
                seconds = copy_in(connection, rows)
                load["copy_per_second"] = options.tickets / seconds
                load["ratio"] = load["per_second"] / load["copy_per_second"]
                load["daemon_us"] = daemon_us
                results.append(load)
                if not options.json:
                    print(f"  round {number + 1}: {load['per_second']:,.0f}/s acked, "
                          f"COPY {load['copy_per_second']:,.0f}/s, ratio {load['ratio']:.2f}", flush=True)
    except subprocess.CalledProcessError:
        log.seek(0)
        sys.stderr.write(log.read()[-4000:])
        raise
    finally:
        daemon.terminate()
        daemon.wait(30)
        shell("tools/cluster.sh", "stop")

    def column(name):
        return [r[name] for r in results]

    if options.json:
        print(json.dumps(results))
        return
    print(f"end to end, {options.tickets} tickets, window {options.window}, batches of at most {options.batch}:")
    print(f"  durable tickets/s, acked      {spread(column('per_second'))}")
    print(f"  raw COPY of the same rows/s   {spread(column('copy_per_second'))}")
    print(f"  ratio                         {spread(column('ratio'))}   (goal: at least 0.50)")
    print(f"  latency p50 / p99 ms          {spread(column('p50_ms'))} / {spread(column('p99_ms'))}")
    print(f"  daemon CPU, us per ticket     {spread(column('daemon_us'))}")


if __name__ == "__main__":
    main()
