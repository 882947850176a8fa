# METADATA
# scope: package
# title: Quality
# description: >-
#   Statements about tests, coverage, complexity and performance. Numbers are whole; what was measured is read only where
#   each count has its type, for a report that cannot be read proves nothing.
package supplychain.lib.quality

import data.supplychain.lib.shape
import data.supplychain.lib.statements

extension := "urn:supplychain:quality"

# The newest statements about one kind of measurement.
newest(kind) := statements.newest([statement |
	some statement in statements.of_kind("test-result")
	shape.text(statement, ["predicate", extension, "kind"]) == kind
])

# The newest results that do not say what was measured, as other tools state them: their yes proves nothing here, their no
# is a no.
unmeasured := statements.newest([statement |
	some statement in statements.of_kind("test-result")
	shape.text(statement, ["predicate", extension, "kind"]) == ""
])

measured(statement) := shape.get(statement, ["predicate", extension, "measured"], {})

result_of(statement) := shape.text(statement, ["predicate", "result"])

# Whether every count named is a whole number from 0.
has_counts(statement, names) if {
	every name in names {
		is_count(shape.get(measured(statement), [name], null))
	}
}

is_count(found) if {
	is_number(found)
	found >= 0
	floor(found) == found
}

facts(statement) := {
	"statement": statements.digest_of(statement),
	"time": statements.time_of(statement),
	"tools": shape.texts(statement, ["predicate", extension, "tools"]),
}

# One violation if there is no statement of the kind.
absence(code, kind, considered) := {{
	"code": code,
	"message": sprintf("0 verified statements about the %s of this artifact, expected at least 1", [kind]),
	"fix": "attest the report: supplychain attest test ARTIFACT --file REPORT, or `quality` in supplychain.yaml",
	"evidence": {"kind": kind},
}} if {
	count(considered) == 0
} else := set()

# One violation for each statement whose numbers cannot be read.
unread(code, kind, considered, names) := {violation |
	some statement in considered
	not has_counts(statement, names)
	violation := {
		"code": code,
		"message": sprintf("the statement about %s lacks counts, expected whole numbers: %s", [
			kind,
			concat(", ", names),
		]),
		"fix": "attest the report again: supplychain attest test ARTIFACT --file REPORT",
		"evidence": facts(statement),
	}
}
