"""Makes the matrix of drivers/README.md of what the runners printed: matrix.py [--write] RESULTS.

Without --write it fails if the README has another one, and either way if a case has failed or was not run.
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(HERE, "..", "README.md")
BEGIN, END = "<!-- conformance: written by make conformance -->\n", "<!-- end of conformance -->\n"


def main():
    write = sys.argv[1] == "--write"
    with open(os.path.join(HERE, "cases.json"), encoding="utf-8") as f:
        file = json.load(f)
    results = {}
    with open(sys.argv[-1], encoding="utf-8") as f:
        for line in f:
            r = json.loads(line)
            results[r["case"], r["client"]] = r
    numbers, faults, lines = {}, [], []
    for case in file["cases"]:
        cells = []
        for client, title in file["clients"]:
            r = results.get((case["name"], client))
            if r is None:
                faults.append(f"{title}: {case['name']}: was not run")
                continue
            if r["result"] == "failed":
                faults.append(f"{title}: {case['name']}: {r['note']}")
            if r["note"] in file["notes"]:
                number = numbers.setdefault(r["note"], len(numbers) + 1)
                cells.append({"limit": f"yes ({number})", "none": f"– ({number})"}.get(r["result"], r["result"]))
            else:
                cells.append({"ok": "yes"}.get(r["result"], r["result"]))
        lines.append(f"| {case['name']} | " + " | ".join(cells) + " |")
    if faults:
        sys.exit("conformance:\n" + "\n".join("  " + f for f in faults))
    titles = [title for _, title in file["clients"]]
    text = "| case | " + " | ".join(titles) + " |\n|---" + "|---" * len(titles) + "|\n" + "\n".join(lines) + "\n\n"
    text += "\n".join(f"{number}. {file['notes'][note]}" for note, number in numbers.items()) + "\n"
    with open(README, encoding="utf-8") as f:
        readme = f.read()
    if BEGIN not in readme or END not in readme:
        sys.exit("conformance: drivers/README.md has no place for the matrix")
    head, rest = readme.split(BEGIN)
    made = head + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1]
    if made != readme:
        if not write:
            sys.exit("conformance: drivers/README.md has another matrix: run make conformance, and look at the difference")
        with open(README, "w", encoding="utf-8") as f:
            f.write(made)
    print(f"conformance: {len(lines)} cases with {len(titles)} clients passed")


if __name__ == "__main__":
    main()
