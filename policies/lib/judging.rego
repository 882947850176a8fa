# METADATA
# scope: package
# title: Judging
# description: >-
#   Findings of scans other than dependency scans: what a profile does about each, by its id or else by its severity.
package supplychain.lib.judging

import data.supplychain.lib.findings
import data.supplychain.lib.shape
import data.supplychain.lib.statements

# Every open finding with what the profile does about it. `table`: severity to reaction; `named`: id to reaction.
judged(considered, table, named) := [entry |
	some statement in considered
	digest := statements.digest_of(statement)
	some finding in shape.list(statement, ["predicate", "findings"])
	findings.is_named(finding)
	notes := notes_of(finding)
	not notes.status in findings.settled
	severity := object.get(findings.known, notes.severity, "unknown")
	reaction := object.get(named, finding.id, table[severity])
	entry := {"statement": digest, "id": finding.id, "notes": notes, "severity": severity, "reaction": reaction}
]

# The same in the form that waivers.reaches takes, in the same order.
waivable(entries) := [finding |
	some entry in entries
	finding := {"ids": [entry.id], "component": "", "path": entry.notes.path}
]

# A finding in the form that `violation` takes, whatever its status.
entry_of(statement, finding) := {
	"statement": statements.digest_of(statement),
	"id": finding.id,
	"notes": notes,
	"severity": object.get(findings.known, notes.severity, "unknown"),
} if {
	notes := notes_of(finding)
}

notes_of(finding) := {
	"title": shape.text(finding, ["title"]),
	"severity": shape.text(finding, ["severity"]),
	"status": shape.text(finding, ["status"]),
	"help": shape.text(finding, ["help"]),
	"path": shape.text(finding, ["location", "path"]),
	"line": shape.number(finding, ["location", "line"], 0),
}

place(entry) := sprintf("%s:%v", [entry.notes.path, entry.notes.line]) if entry.notes.path != ""

place(entry) := "the artifact" if entry.notes.path == ""

text(entry) := sprintf("%s has %s (%s)", [place(entry), entry.id, entry.severity])

violation(code, entry) := {
	"code": code,
	"message": sprintf("%s: %s", [text(entry), entry.notes.title]),
	"fix": fix_for(entry),
	"evidence": {
		"id": entry.id,
		"path": entry.notes.path,
		"line": entry.notes.line,
		"severity": entry.severity,
		"status": entry.notes.status,
		"statement": entry.statement,
	},
}

fix_for(entry) := entry.notes.help if count(entry.notes.help) > 10

fix_for(entry) := sprintf("change %s as %s asks, build and scan again", [place(entry), entry.id]) if {
	count(entry.notes.help) <= 10
}

# What waivers.told wants to know.
told_about(entry) := {
	"text": text(entry),
	"finding": {"id": entry.id, "path": entry.notes.path, "line": entry.notes.line},
	"needed": entry.reaction == "deny",
}

# One violation if there is no scan.
absence(code, name, kind, considered) := {{
	"code": code,
	"message": sprintf("0 verified %s of this artifact, expected at least 1", [name]),
	"fix": sprintf("scan it and attest the result (supplychain scan --only %s)", [kind]),
	"evidence": {},
}} if {
	count(considered) == 0
} else := set()

# One violation for each scan whose findings cannot be read.
malformed(code, name, considered) := {violation |
	some statement in considered
	not is_readable(shape.get(statement, ["predicate", "findings"], null))
	violation := {
		"code": code,
		"message": sprintf("one of the %s has %v findings without an id, or no list of findings; expected a list, each with an id", [
			name,
			count(findings.malformed(shape.list(statement, ["predicate", "findings"]))),
		]),
		"fix": "scan again, and attest the result",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

is_readable(results) if {
	is_array(results)
	count(findings.malformed(results)) == 0
}
