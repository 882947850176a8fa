# METADATA
# scope: package
# title: Freshness
# description: >-
#   Violations about the time of statements, shared by the rules. `about` is {"code", "name", "redo"}: the prefix of the
#   codes, what the statement is called in a sentence, and what makes a new one.
package supplychain.lib.freshness

import data.supplychain.lib.moment
import data.supplychain.lib.statements

# Without a clock nothing can be called fresh.
clockless(_) := set() if moment.now

clockless(about) := {{
	"code": sprintf("%s_CLOCK_MISSING", [about.code]),
	"message": "input.at, the moment of the decision, is absent or no RFC 3339 time",
	"fix": "pass the moment of the decision, for instance --at 2026-11-21T00:00:00Z",
	"evidence": {},
}} if {
	not moment.now
}

undated(about, considered) := {violation |
	some statement in considered
	not statements.is_dated(statement)
	violation := {
		"code": sprintf("%s_TIME_MISSING", [about.code]),
		"message": sprintf("%s carries no RFC 3339 time (found %q), so its age is unknown", [
			about.name,
			statements.time_of(statement),
		]),
		"fix": about.redo,
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

from_future(about, considered) := {violation |
	some statement in considered
	moment.is_future(statements.time_of(statement))
	violation := {
		"code": sprintf("%s_FROM_THE_FUTURE", [about.code]),
		"message": sprintf("%s is dated %s, later than the moment of the decision, %s", [
			about.name,
			statements.time_of(statement),
			input.at,
		]),
		"fix": sprintf("correct the clock of the machine that signed it, then %s", [about.redo]),
		"evidence": {"statement": statements.digest_of(statement), "time": statements.time_of(statement)},
	}
}

stale(about, considered, limit_hours) := {violation |
	some statement in considered
	moment.is_older(statements.time_of(statement), limit_hours)
	age := moment.age_hours(statements.time_of(statement))
	violation := {
		"code": sprintf("%s_STALE", [about.code]),
		"message": sprintf("%s is %v hours old, at most %v are allowed", [about.name, age, limit_hours]),
		"fix": about.redo,
		"evidence": {
			"statement": statements.digest_of(statement),
			"time": statements.time_of(statement),
			"age_hours": age,
			"limit_hours": limit_hours,
		},
	}
}
