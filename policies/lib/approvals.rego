# METADATA
# scope: package
# title: Approvals
# description: >-
#   What people say about this artifact for this environment. Persons are counted, never keys: trust.yaml says which
#   identities are one person. A word counts from its beginning until the second before its end.
package supplychain.lib.approvals

import data.supplychain.lib.moment
import data.supplychain.lib.shape
import data.supplychain.lib.statements

# Every approval statement for this environment.
all := [entry |
	some statement in statements.of_kind("approval")
	entry := read(statement)
	entry.environment == shape.text(input, ["environment"])
]

of_verdict(verdict) := [entry | some entry in all; entry.verdict == verdict]

is_begun(entry) if moment.now >= entry.from_ns

is_in_force(entry) if {
	is_begun(entry)
	moment.now < entry.until_ns
}

verdicts := {"approve", "reject", "break_glass", "close"}

# Words that may be about this environment, a rejection among them, and that nobody can read.
unreadable := [statement |
	some statement in statements.of_kind("approval")
	not is_elsewhere(statement)
	not is_readable(statement)
]

is_elsewhere(statement) if {
	environment := shape.text(statement, ["predicate", "environment"])
	environment != ""
	environment != shape.text(input, ["environment"])
}

is_readable(statement) if {
	entry := read(statement)
	entry.environment != ""
	entry.verdict in verdicts
}

hours(entry) := (entry.until_ns - entry.from_ns) / moment.hour_ns

read(statement) := {
	"digest": statements.digest_of(statement),
	"people": {person | some person in shape.texts(statement, ["people"])},
	"environment": shape.text(statement, ["predicate", "environment"]),
	"verdict": shape.text(statement, ["predicate", "verdict"]),
	"reason": shape.text(statement, ["predicate", "reason"]),
	"ticket": shape.text(statement, ["predicate", "ticket"]),
	"rules": shape.texts(statement, ["predicate", "rules"]),
	"from": shape.text(statement, ["predicate", "from"]),
	"until": shape.text(statement, ["predicate", "until"]),
	"from_ns": moment.ns(shape.text(statement, ["predicate", "from"])),
	"until_ns": moment.ns(shape.text(statement, ["predicate", "until"])),
}

facts(entry) := {
	"people": sort(entry.people),
	"reason": entry.reason,
	"ticket": entry.ticket,
	"from": entry.from,
	"until": entry.until,
	"statement": entry.digest,
}

names(people) := shape.listing(sort(people), 5) if count(people) > 0

names(people) := "nobody" if count(people) == 0
