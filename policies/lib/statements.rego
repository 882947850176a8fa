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

# Every statement of a kind. What is no object has none.
of_kind(kind) := [statement | some statement in all; statement.kind == kind]

# The scan statements of a scan kind: "dependencies" are the vulnerability scans.
scans("dependencies") := of_kind("vulns")

scans(kind) := found if {
	kind != "dependencies"
	found := [statement |
		some statement in of_kind("scan")
		shape.text(statement, ["predicate", "scanner", "kind"]) == kind
	]
}

# The statements that share the newest time, and those without a readable time: null, which is less than any number.
newest(candidates) := [statement |
	count(candidates) > 0
	instants := [instant_of(candidate) | some candidate in candidates]
	latest := max(instants)
	some position, statement in candidates
	instants[position] in {latest, null}
]

instant_of(statement) := instant if {
	instant := moment.ns(statement.time)
} else := null

is_dated(statement) if moment.ns(statement.time)

time_of(statement) := shape.text(statement, ["time"])

digest_of(statement) := shape.text(statement, ["digest"])
