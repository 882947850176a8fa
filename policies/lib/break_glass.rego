# METADATA
# scope: package
# title: Break-glass
# description: >-
#   In an emergency two persons or more may let an artifact break some rules of one environment for a few hours. What the
#   rule would deny is told as a warning then. Missing knowledge and the evidence itself are never excused.
package supplychain.lib.break_glass

import data.supplychain.lib.approvals
import data.supplychain.lib.profile

# Rules that no profile can let be broken: who says what, and what was built from what.
unbreakable := {"evidence", "provenance", "break_glass", "waivers", "layout", "rebuilt"}

default max_hours := -1

max_hours := profile.threshold("break_glass", "max_hours", "number")

breakable := {rule |
	"break_glass" in profile.rules
	some rule in profile.threshold("break_glass", "rules", "list of texts")
	not rule in unbreakable
}

# However few the profile asks for: never one alone.
needed := max([2, profile.threshold("break_glass", "needed", "number")])

asked := approvals.of_verdict("break_glass")

closed_ns := [entry.from_ns | some entry in approvals.of_verdict("close"); approvals.is_begun(entry)]

# Somebody has said since that it is over.
is_closed(entry) if {
	some closed in closed_ns
	closed >= entry.from_ns
}

is_short(entry) if approvals.hours(entry) <= max_hours

counting := [entry | some entry in asked; approvals.is_in_force(entry); is_short(entry); not is_closed(entry)]

people_for(rule) := {person |
	some entry in counting
	rule in entry.rules
	some person in entry.people
}

# Rule to the persons who have broken the glass for it, and the second in which the first of them falls away.
open[rule] := {"people": people, "until": ends[0][1]} if {
	some rule in breakable
	people := people_for(rule)
	count(people) >= needed
	ends := sort([last_end(rule, person) | some person in people])
}

# When a person's word for a rule ends: the latest of their statements.
last_end(rule, person) := max([[entry.until_ns, entry.until] |
	some entry in counting
	rule in entry.rules
	person in entry.people
])

is_open(rule) if open[rule]

# The same in words, once for all that is told.
words[rule] := {"names": approvals.names(glass.people), "people": sort(glass.people), "until": glass.until} if {
	some rule, glass in open
}

# What a rule tells in place of a denial.
told(rule, violation) := {
	"code": "BREAK_GLASS_OPEN",
	"message": sprintf("the glass is broken by %s until %s; without that: %s: %s", [
		glass.names,
		glass.until,
		violation.code,
		violation.message,
	]),
	"fix": violation.fix,
	"evidence": {
		"rule": rule,
		"denied": violation.code,
		"people": glass.people,
		"until": glass.until,
		"finding": violation.evidence,
		"needed": true,
	},
} if {
	glass := words[rule]
}
