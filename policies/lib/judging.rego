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
	known := findings.known
	settled := findings.settled
	some statement in considered
	digest := statements.digest_of(statement)
	some finding in shape.list(statement, ["predicate", "findings"])
	findings.is_named(finding)
	notes := notes_of(finding)
	not notes.status in settled
	severity := object.get(known, notes.severity, "unknown")
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

# What is told of a finding, with blanks for what has not its type. Most have all of it, and are read at once.
notes_of(finding) := {
	"title": finding.title,
	"severity": finding.severity,
	"status": finding.status,
	"help": help,
	"path": finding.location.path,
	"line": finding.location.line,
} if {
	is_string(finding.title)
	is_string(finding.severity)
	is_string(finding.status)
	is_string(finding.location.path)
	is_number(finding.location.line)
	help := object.get(finding, "help", "")
	is_string(help)
} else := {
	"title": shape.text(finding, ["title"]),
	"severity": shape.text(finding, ["severity"]),
	"status": shape.text(finding, ["status"]),
	"help": shape.text(finding, ["help"]),
	"path": shape.text(finding, ["location", "path"]),
	"line": shape.number(finding, ["location", "line"], 0),
}

place(notes) := "the artifact" if {
	notes.path == ""
} else := sprintf("%s:%v", [notes.path, notes.line])

text(entry) := sprintf("%s has %s (%s)", [place(entry.notes), entry.id, entry.severity])

violation(code, entry) := {
	"code": code,
	"message": sprintf("%s has %s (%s): %s", [where, entry.id, entry.severity, notes.title]),
	"fix": fix_for(where, entry.id, notes.help),
	"evidence": {
		"id": entry.id,
		"path": notes.path,
		"line": notes.line,
		"severity": entry.severity,
		"status": notes.status,
		"statement": entry.statement,
	},
} if {
	notes := entry.notes
	where := place(notes)
}

# What the scanner says to do, where that is more than a word.
fix_for(where, id, help) := sprintf("change %s as %s asks, build and scan again", [where, id]) if {
	count(help) <= 10
} else := help

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
