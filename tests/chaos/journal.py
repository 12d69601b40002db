# SPDX-License-Identifier: MIT
"""What was asked for and what was answered, one line of JSON each, as it happens.

The checker believes nothing else about the load. Lines, each with its time, by "what":
  send    op, key; again: how often it was sent before
  answer  op, key, status; first: a digest of what every answer to a key repeats;
          of accepted and duplicate also ticket, reference, outcome, replied
  claim   agent, ticket, token
  kill    program: it was killed, and started again
  write   agent, ticket, token, call, result (ok, refused, meanwhile, unknown); late: its lease
          was over; again: the write before it had no answer; mail: of a reply
"""
import collections
import json
import threading
import time


class Journal:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "w")
        self.lock = threading.Lock()
        self.counts = collections.Counter()

    def add(self, what, **facts):
        with self.lock:
            self.file.write(json.dumps({"at": round(time.time(), 3), "what": what, **facts}) + "\n")
            self.counts[facts.get("status", what)] += 1

    def lines(self, *kinds):
        """Those of these kinds, in the order in which they were written."""
        with self.lock:
            self.file.flush()
        with open(self.path) as file:
            for line in map(json.loads, file):
                if line["what"] in kinds:
                    yield line

    def close(self):
        self.file.close()
