package supplychain.vulnerabilities

import data.supplychain.lib.findings
import data.supplychain.lib.shape
import data.supplychain.lib.statements

# Every finding of the newest dependency scans, and what the profile, VEX and the baseline make of it. Findings are many,
# and alike in what decides: each is read once, each likeness judged once.

known_severities := findings.known

statement_digest(statement) := statements.digest_of(statement)

# What of a finding's annotations decides about it. The rest only tells.
deciding := {"severity", "status", "epss", "knownExploited", "new", "vex"}

# Every finding that has an id: its notes, the way it came in, and what it is like in all that decides.
noted := [entry |
	some statement in considered
	digest := statements.digest_of(statement)
	some entry in noted_in(digest, shape.list(statement, ["predicate", "scanner", "result"]))
]

noted_in(digest, results) := [entry |
	words := deciding
	some finding in results
	notes := finding.annotations
	entry := {"id": finding.id, "notes": notes, "route": bare, "likeness": [digest, object.filter(notes, words)]}
] if {
	are_plain(results)
} else := [entry |
	words := deciding
	some finding in results
	is_string(finding.id)
	notes := notes_of(finding)
	entry := {
		"id": finding.id,
		"notes": notes,
		"route": route_of(notes),
		"likeness": [digest, object.filter(notes, words)],
	}
]

# Whether every finding has all that is told about it, each of its type, and none says how it came in: then nothing has
# to be looked at one by one. In the order of all values texts stand from "" up to [], and lists from [] up to {}.
are_plain(results) if {
	size := count(results)
	are_texts([finding.id | some finding in results], size)
	names := [finding.annotations.name | some finding in results]
	are_texts(names, size)
	min(names) != ""
	are_texts([finding.annotations.version | some finding in results], size)
	are_texts([finding.annotations.component | some finding in results], size)
	are_texts([finding.annotations.title | some finding in results], size)
	are_lists_of_texts([finding.annotations.aliases | some finding in results], size)
	are_lists_of_texts([finding.annotations.fixed | some finding in results], size)
	count([1 | some finding in results; finding.annotations.paths]) == 0
	count([1 | some finding in results; finding.annotations.upgrade]) == 0
}

are_texts(column, size) if {
	count(column) == size
	min(column) >= ""
	max(column) < []
}

are_lists_of_texts(column, size) if {
	count(column) == size
	min(column) >= []
	max(column) < {}
	texts := array.concat([text | some list in column; some text in list], [""])
	min(texts) >= ""
	max(texts) < []
}

judgements := {likeness: judgement_of(likeness[0], likeness[1]) |
	some likeness in {entry.likeness | some entry in noted}
}

# Every open finding with the profile's reaction to its severity. `usual` is what severity and VEX ask for, `reaction`
# what the baseline leaves of it.
judged := [entry |
	table := judgements
	some about in noted
	judgement := table[about.likeness]
	judgement.vex != "settled"
	entry := {"id": about.id, "notes": about.notes, "route": about.route, "judgement": judgement}
]

judgement_of(digest, found) := {
	"digest": digest,
	"vex": vex,
	"status": shape.text(found, ["status"]),
	"exploited": object.get(found, "knownExploited", null),
	"epss": object.get(found, "epss", null),
	"new": object.get(found, "new", null),
	"severity": severity,
	"usual": usual,
	"exploitation": exploitation,
	"reaction": stronger(softened(usual, found, object.get(limits, digest, "none")), exploitation),
} if {
	vex := standing(found)
	severity := object.get(known_severities, shape.text(found, ["severity"]), "unknown")
	exploitation := object.get(by_vex_standing, vex, exploitation_of(found))
	usual := stronger(by_vex(severities[severity], vex), exploitation)
}

# "settled", "warn" where VEX leaves no more than a warning, "none" where nothing speaks for the finding.
standing(notes) := "settled" if {
	shape.text(notes, ["status"]) in (findings.settled - vex_words)
} else := "none" if {
	not shape.text(notes, ["status"]) in vex_words
} else := "settled" if {
	outcome_of(object.get(notes, "vex", null), vex_taken, clock) == "accept"
} else := "warn" if {
	outcome_of(object.get(notes, "vex", null), vex_taken, clock) == "warn"
} else := "none"

by_vex(reaction, "none") := reaction

by_vex("deny", "warn") := "warn"

by_vex(reaction, "warn") := reaction if reaction != "deny"

by_vex(_, "settled") := "ignore"

# A finding's annotations, with blanks for what is told and has not its type.
notes_of(finding) := object.union(
	annotations_of(finding),
	object.union(
		{
			"name": name_of(finding),
			"aliases": shape.texts(finding, ["annotations", "aliases"]),
			"fixed": shape.texts(finding, ["annotations", "fixed"]),
		},
		object.union(
			{field: shape.text(finding, ["annotations", field]) | some field in ["version", "component", "title"]},
			{"without_fix": is_without_fix(finding)},
		),
	),
)

# Whether a finding itself says that no version is fixed; one that tells nothing, or something odd, does not.
is_without_fix(finding) if {
	finding.annotations.fixed == []
} else := false

annotations_of(finding) := finding.annotations if {
	is_object(finding.annotations)
} else := {}

name_of(finding) := name if {
	name := shape.text(finding, ["annotations", "name"])
	name != ""
} else := shape.text(finding, ["annotations", "component"])

# By which paths a component came in, and what would have to be raised; blank where nobody asked.
bare := {"upgrade": "", "paths": []}

route_of(notes) := {"upgrade": shape.text(notes, ["upgrade"]), "paths": shape.list(notes, ["paths"])}
