#!/usr/bin/env python3
"""Stands in for gh: keeps issues in the file that FAKE_GH names, and takes no option that gh does not have.

FAKE_GH_FAILS names a subcommand ("issue edit") that fails.
"""

import argparse
import json
import os
import sys
from pathlib import Path

store = Path(os.environ["FAKE_GH"])
state = json.loads(store.read_text()) if store.exists() else {"labels": [], "issues": []}

if " ".join(sys.argv[1:3]) == os.environ.get("FAKE_GH_FAILS"):
    sys.exit("HTTP 403: Resource not accessible by integration")

parser = argparse.ArgumentParser(allow_abbrev=False)
groups = parser.add_subparsers(dest="group", required=True)
label = groups.add_parser("label").add_subparsers(dest="verb", required=True).add_parser("create")
label.add_argument("name")
label.add_argument("--force", action="store_true")
label.add_argument("--description")
verbs = groups.add_parser("issue").add_subparsers(dest="verb", required=True)
lister = verbs.add_parser("list")
for option in ("--label", "--state", "--limit", "--json"):
    lister.add_argument(option, required=True)
creator = verbs.add_parser("create")
for option in ("--title", "--label", "--body-file"):
    creator.add_argument(option, required=True)
editor = verbs.add_parser("edit")
editor.add_argument("number", type=int)
editor.add_argument("--body-file", required=True)
closer = verbs.add_parser("close")
closer.add_argument("number", type=int)
closer.add_argument("--comment", required=True)
asked = parser.parse_args()

if asked.group == "label":
    state["labels"] = sorted({*state["labels"], asked.name})
elif asked.verb == "list":
    found = [issue for issue in state["issues"] if issue["state"] == asked.state and asked.label in issue["labels"]]
    print(json.dumps([{name: issue[name] for name in asked.json.split(",")} for issue in found[: int(asked.limit)]]))
elif asked.verb == "create":
    if asked.label not in state["labels"]:
        sys.exit(f"could not add label: '{asked.label}' not found")
    issue = {"number": len(state["issues"]) + 1, "title": asked.title, "body": Path(asked.body_file).read_text()}
    state["issues"].append({**issue, "labels": [asked.label], "state": "open", "comments": []})
    print(f"https://example.invalid/issues/{issue['number']}")
else:
    (issue,) = (each for each in state["issues"] if each["number"] == asked.number)
    if asked.verb == "edit":
        issue["body"] = Path(asked.body_file).read_text()
    else:
        issue["state"] = "closed"
        issue["comments"].append(asked.comment)
store.write_text(json.dumps(state))
