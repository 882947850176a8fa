package supplychain.vulnerabilities

import data.supplychain.lib.findings
import data.supplychain.lib.shape
import data.supplychain.lib.statements

# Every finding of the newest dependency scans, and what the profile, VEX and the baseline make of it.

known_severities := findings.known

statement_digest(statement) := statements.digest_of(statement)

# Every open finding with the profile's reaction to its severity. Tables are looked up once, outside the loop: measured.
# `usual` is what severity and VEX ask for, `reaction` what the baseline leaves of it.
judged := [entry |
	table := severities
	known := known_severities
	limit := limits
	taken := vex_taken
	now := clock
	some statement in considered
	digest := statements.digest_of(statement)
	some finding in shape.list(statement, ["predicate", "scanner", "result"])
	is_object(finding)
	is_string(finding.id)
	notes := notes_of(finding)
	vex := standing(finding, notes.status, taken, now)
	vex != "settled"
	severity := object.get(known, notes.severity, "unknown")
	exploitation := object.get(by_vex_standing, vex, exploitation_of(finding))
	usual := stronger(by_vex(table[severity], vex), exploitation)
	entry := {
		"digest": digest,
		"id": finding.id,
		"notes": notes,
		"finding": finding,
		"severity": severity,
		"usual": usual,
		"exploitation": exploitation,
		"reaction": stronger(softened(usual, finding, object.get(limit, digest, "none")), exploitation),
	}
]

# "settled", "warn" where VEX leaves no more than a warning, "none" where nothing speaks for the finding.
standing(finding, status, taken, now) := "settled" if {
	status in (findings.settled - vex_words)
} else := "none" if {
	not status in vex_words
} else := "settled" if {
	outcome_of(shape.get(finding, ["annotations", "vex"], null), taken, now) == "accept"
} else := "warn" if {
	outcome_of(shape.get(finding, ["annotations", "vex"], null), taken, now) == "warn"
} else := "none"

by_vex(reaction, "none") := reaction

by_vex("deny", "warn") := "warn"

by_vex(reaction, "warn") := reaction if reaction != "deny"

# A finding's annotations: as they are if all have their types, which is quick, else with blanks for what has not.
notes_of(finding) := notes if {
	notes := finding.annotations
	is_object(notes)
	is_string(notes.name)
	is_string(notes.version)
	is_string(notes.component)
	is_string(notes.severity)
	is_string(notes.status)
	is_string(notes.title)
	is_array(notes.aliases)
	is_array(notes.fixed)
	every text in notes.aliases {
		is_string(text)
	}
	every text in notes.fixed {
		is_string(text)
	}
	notes.name != ""
} else := object.union(
	{
		"name": name_of(finding),
		"aliases": shape.texts(finding, ["annotations", "aliases"]),
		"fixed": shape.texts(finding, ["annotations", "fixed"]),
	},
	{field: shape.text(finding, ["annotations", field]) |
		some field in ["version", "component", "severity", "status", "title"]
	},
)

name_of(finding) := name if {
	name := shape.text(finding, ["annotations", "name"])
	name != ""
} else := shape.text(finding, ["annotations", "component"])
