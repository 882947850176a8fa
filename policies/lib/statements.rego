# METADATA
# scope: package
# title: Statements
# description: >-
#   Chooses the verified statements that count. Of one kind only the newest count, so an older passing scan never hides a
#   newer failing one. All that share the newest time count, and so do all without a readable time: worst wins.
package supplychain.lib.statements

import data.supplychain.lib.moment
import data.supplychain.lib.profile
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

# The scans that count: of each scanner the newest, for one does not look for what another has found. A merged scan
# ("a+b") goes before older ones by "a" or "b". What is too old stands aside while a fresh scan by another is there.
newest_scans(kind) := found if {
	found := scans(kind)
	count(found) < 2
} else := [statement |
	found := scans(kind)
	fresh := [entry | some entry in found; not is_stale(entry)]
	some statement in candidates_of(found, fresh)
	not is_superseded(statement, found)
]

candidates_of(_, fresh) := fresh if count(fresh) > 0

candidates_of(found, fresh) := newest(found) if count(fresh) == 0

is_stale(statement) if moment.is_older(statement.time, profile.threshold("scan", "max_age_hours", "number or null"))

is_superseded(statement, found) if {
	some other in found
	moment.ns(other.time) > moment.ns(statement.time)
	count(makers(statement) - makers(other)) == 0
}

# Who made a scan: the parts of its scanner's name, or of what a dependency scan has as its URI. One by nobody known goes
# behind every newer one.
makers(statement) := {name | some name in split(made_by, "+")} if {
	made_by := shape.text(statement, ["predicate", "scanner", "name"])
	made_by != ""
} else := {name |
	some name in split(last_part(shape.text(statement, ["predicate", "scanner", "uri"])), "+")
	name != ""
}

# What stands behind the last colon or slash of a URI.
last_part(uri) := parts[count(parts) - 1] if parts := regex.split("[:/]", uri)

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
