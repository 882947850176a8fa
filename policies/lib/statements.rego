# METADATA
# scope: package
# title: Statements
# description: >-
#   Chooses the verified statements that count. Of one kind only the newest count, so an older passing scan never hides a
#   newer failing one. All that share the newest time count, and so do all without a readable time: worst wins.
package supplychain.lib.statements

import data.supplychain.lib.moment
import data.supplychain.lib.shape

default all := []

all := shape.list(input, ["statements"])

# Every statement of a kind.
of_kind(kind) := [statement | some statement in all; shape.text(statement, ["kind"]) == kind]

# The scan statements of a scan kind: "dependencies" are the vulnerability scans.
scans("dependencies") := of_kind("vulns")

scans(kind) := found if {
	kind != "dependencies"
	found := [statement |
		some statement in of_kind("scan")
		shape.text(statement, ["predicate", "scanner", "kind"]) == kind
	]
}

# The statements that share the newest time, and those without a readable time.
newest(candidates) := [statement |
	times := {instant | some candidate in candidates; instant := moment.ns(time_of(candidate))}
	some statement in candidates
	is_newest(statement, times)
]

is_newest(statement, _) if not is_dated(statement)

is_newest(statement, times) if moment.ns(time_of(statement)) == max(times)

is_dated(statement) if moment.ns(time_of(statement))

time_of(statement) := shape.text(statement, ["time"])

digest_of(statement) := shape.text(statement, ["digest"])
