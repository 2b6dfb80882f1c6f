#!/usr/bin/env python3
"""test-summary.py failed|count FILE...: reads Swift Testing's event streams (one JSON object a line).

failed  prints the ids of tests that recorded an issue, as patterns for `swift test --filter`, a line each
count   prints `N passed, N failed, N skipped`; a test that failed and passed in a later file has passed.
        The exit code is 1 where any failed, or where a run has no end: it crashed.
"""
import json
import re
import sys


def read(path):
    """What became of each test function in one file: True, False, or None for skipped; and whether the run ended."""
    kinds, outcome, ended = {}, {}, False
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            payload = entry["payload"]
            if entry["kind"] == "test":
                kinds[payload["id"]] = payload["kind"]
                continue
            kind, test = payload["kind"], payload.get("testID")
            if kind == "runEnded":
                ended = True
            if kind == "issueRecorded" and not payload.get("issue", {}).get("isKnown"):
                outcome[test] = False
            elif kind == "testSkipped":
                outcome[test] = None
            elif kind == "testEnded":
                outcome.setdefault(test, True)
            elif kind == "testStarted" and kinds.get(test) == "function":
                outcome.setdefault(test, "started")
                outcome.pop(test)
    functions = {test: done for test, done in outcome.items() if kinds.get(test) == "function" or done is False}
    return functions, ended


def main():
    what, paths = sys.argv[1], sorted(sys.argv[2:], key=lambda path: path.endswith("again.json"))
    outcome, ended = {}, True
    for path in paths:
        functions, complete = read(path)
        ended = ended and complete
        again = path.endswith("again.json")
        for test, done in functions.items():
            if again or outcome.get(test) is not False:
                outcome[test] = done
    failed = sorted(str(test) for test, done in outcome.items() if done is False)
    if what == "failed":
        for test in failed:
            # The id without the place in the source, which tests of the same name differ in.
            print(re.escape(re.sub(r"/[^/]*\.swift:\d+:\d+$", "", test)).replace("\\ ", "\\s"))
        return 0
    for test in failed:
        print(f"failed: {test}")
    passed = sum(done is True for done in outcome.values())
    skipped = sum(done is None for done in outcome.values())
    missing = 0 if ended else 1
    if missing:
        print("a run of the tests ended early: it crashed or was stopped")
    print(f"\n{passed} passed, {len(failed) + missing} failed, {skipped} skipped")
    return 1 if failed or missing or not passed else 0


sys.exit(main())
