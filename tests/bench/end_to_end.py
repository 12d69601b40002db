#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Durable tickets per second through the whole daemon, against raw COPY of the same rows.

Each round truncates the tables, checkpoints, pushes TICKETS over ZeroMQ and waits for every ack
(which leaves after the commit); then copies out the rows that this left, truncates again, and lets
COPY put them back in one transaction. Rounds alternate, so that drift of the machine hits both.
Processor time is what the daemon and all processes of the server used, by /proc: it says where the
time went also on a machine that has other work.

    end_to_end.py [--rounds 5] [--tickets 20000] [--window 4000] [--batch 500] [--rules DIR] [--json]
"""
import argparse
import atexit
import json
import os
import pathlib
import random
import re
import shutil
import signal
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


def stat(pid):
    """The fields of /proc/PID/stat from the state on (proc(5) counts it as the third)."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def cpu_seconds(pid, with_ended_children=False):
    times = stat(pid)[11:15 if with_ended_children else 13]
    return sum(int(t) for t in times) / os.sysconf("SC_CLK_TCK")


def server_seconds(postmaster):
    """All processes of the cluster, those that have ended too."""
    total = cpu_seconds(postmaster, True)
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(stat(entry.name)[1]) == postmaster:
                total += cpu_seconds(entry.name)
        except (FileNotFoundError, ProcessLookupError):
            pass  # has just ended
    return total


def spread(values):
    return f"{statistics.median(values):,.2f} [{min(values):,.2f} .. {max(values):,.2f}]"


def corpus_rules(folder):
    """The 600 patterns of the bench in the frame of the shipped rules."""
    os.mkdir(folder)
    shutil.copy(TOP / "rules" / "policy.yaml", folder)
    shell("build/tests/bench/load_bench", "rules", folder)
    return folder


def sample_texts(path):
    """What people write, and no text twice: a third of each sample's sentences are another's."""
    draw = random.Random(1)
    samples = {}
    for file in sorted((TOP / "tests" / "data").glob("tickets-??.jsonl")):
        for ticket in map(json.loads, file.open(encoding="utf-8")):
            if ticket["audience"] == "mentor":
                samples.setdefault(file.name, []).append(re.findall(r"[^.!?\n]+[.!?\n]*", ticket["body"]))
    texts = {}
    while len(texts) < 5000:
        language = draw.choice(list(samples.values()))
        own, other = draw.choice(language), draw.choice(language)
        third = max(1, len(own) // 3)
        at, start = draw.randint(0, len(own)), draw.randint(0, len(other))
        texts["".join(own[:at] + other[start:start + third] + own[at + third:])] = True
    texts.pop("", None)
    pathlib.Path(path).write_text("".join(text + "\0" for text in texts), encoding="utf-8")
    return path


def one_round(connection, options, daemon, endpoint, postmaster, number, texts):
    empty(connection)
    daemon_before, server_before = cpu_seconds(daemon.pid), server_seconds(postmaster)
    load = json.loads(shell("build/tests/bench/load_bench", "push", endpoint, str(options.tickets),
                            str(options.window), str(number), *texts))
    daemon_after, server_after = cpu_seconds(daemon.pid), server_seconds(postmaster)
    stored = connection.execute("SELECT count(*) FROM triaged.ticket").fetchone()[0]
    if stored != options.tickets:
        sys.exit(f"end_to_end: {options.tickets} acked but {stored} stored")
    rows = copy_out(connection)
    empty(connection)
    copy_before = server_seconds(postmaster)
    seconds = copy_in(connection, rows)
    load["copy_us"] = (server_seconds(postmaster) - copy_before) / options.tickets * 1e6
    load["copy_per_second"] = options.tickets / seconds
    load["ratio"] = load["per_second"] / load["copy_per_second"]
    load["daemon_us"] = (daemon_after - daemon_before) / options.tickets * 1e6
    load["server_us"] = (server_after - server_before) / options.tickets * 1e6
    return load


def report(results, batch_mean, options):
    def column(name):
        return spread([r[name] for r in results])

    print(f"end to end, {options.tickets} tickets, window {options.window}, batches of at most {options.batch}:")
    print(f"  durable tickets/s, acked      {column('per_second')}")
    print(f"  raw COPY of the same rows/s   {column('copy_per_second')}")
    print(f"  ratio                         {column('ratio')}" + ("" if options.rules else "   (goal: at least 0.50)"))
    print(f"  latency p50 / p99 ms          {column('p50_ms')} / {column('p99_ms')}")
    print(f"  daemon CPU, us per ticket     {column('daemon_us')}")
    print(f"  server CPU, us per ticket     {column('server_us')}   (COPY: {column('copy_us')})")
    print(f"  tickets in a batch, mean      {batch_mean:,.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tickets", type=int, default=20000)
    parser.add_argument("--window", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rules", help="another folder than the corpus's 600 patterns; texts of the samples")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    # A cluster of its own: that of "make run" goes on, with what it keeps.
    cluster = tempfile.mkdtemp(prefix="triaged-bench-", dir="/var/tmp")
    os.rmdir(cluster)
    atexit.register(subprocess.run, ["tools/cluster.sh", "remove", cluster], cwd=TOP, stdout=subprocess.DEVNULL)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    shell("tools/cluster.sh", "start", "--fresh", cluster)
    conninfo = shell("tools/cluster.sh", "conninfo", cluster)
    superconninfo = shell("tools/cluster.sh", "superconninfo", cluster)
    postmaster = int(re.search(r"pid (\d+)", shell("tools/cluster.sh", "status", cluster)).group(1))
    shell("build/triagectl", "db", "upgrade", "--database", conninfo, "--sql", "schemas/sql")
    folder = tempfile.TemporaryDirectory(prefix="triaged-bench-")
    endpoint = f"ipc://{folder.name}/bench.sock"
    rules = options.rules or corpus_rules(os.path.join(folder.name, "rules"))
    texts = [sample_texts(os.path.join(folder.name, "texts"))] if options.rules else []
    log = open(os.path.join(folder.name, "log"), "w+")
    daemon = subprocess.Popen(
        ["build/triaged", "--rules", rules, "--database", conninfo, "--endpoint", endpoint,
         "--cache", "build/cache", "--batch", str(options.batch), "--in-flight", str(options.window)],
        cwd=TOP, stderr=log)
    results = []
    try:
        shell("build/triagectl", "ping", "--endpoint", endpoint, "--timeout", "60s")
        with psycopg.connect(superconninfo, autocommit=True) as connection:
            for number in range(1, options.rounds + 1):
                load = one_round(connection, options, daemon, endpoint, postmaster, number, texts)
                results.append(load)
                if not options.json:
                    print(f"  round {number}: {load['per_second']:,.0f}/s acked, "
                          f"COPY {load['copy_per_second']:,.0f}/s, ratio {load['ratio']:.2f}", flush=True)
    except subprocess.CalledProcessError:
        log.seek(0)
        sys.stderr.write(log.read()[-4000:])
        raise
    finally:
        daemon.terminate()
        daemon.wait(30)
    log.seek(0)
    stopped = re.search(r"stopped .*accepted=(\d+).* batches=(\d+)", log.read())
    if options.json:
        print(json.dumps(results))
    else:
        report(results, int(stopped.group(1)) / int(stopped.group(2)), options)


if __name__ == "__main__":
    main()
