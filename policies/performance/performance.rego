# METADATA
# scope: package
# title: Performance
# description: No benchmark is slower than its baseline by more than the profile allows, and none has gone.
# custom:
#   controls:
#     nist_ssdf: [PW.7.2, PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.28, A.8.29]
package supplychain.performance

import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.quality
import data.supplychain.lib.shape

needs := {
	"max_regression_percent": "number",
	"min_compared": "number",
	"gone": "deny or warn",
	"max_age_hours": "number or null",
}

about := {
	"code": "PERFORMANCE",
	"name": "the benchmark report",
	"redo": "run the benchmarks again and attest the report: supplychain attest test ARTIFACT --file REPORT",
}

counts := ["benchmarks", "compared"]

considered := quality.newest("performance")

read := [statement | some statement in considered; quality.has_counts(statement, counts)]

number(statement, name) := shape.number(quality.measured(statement), [name], 0)

worst(statement) := [entry |
	some entry in shape.list(quality.measured(statement), ["worst"])
	quality.is_count(shape.get(entry, ["now_ns"], null))
	shape.number(entry, ["before_ns"], 0) > 0
]

# At most 20 are named, the slowest first; those that are not are less slower than these.
slower := {violation |
	limit := profile.threshold("performance", "max_regression_percent", needs.max_regression_percent)
	some statement in read
	some entry in worst(statement)
	entry.now_ns * 100 > entry.before_ns * (100 + limit)
	violation := {
		"code": "PERFORMANCE_REGRESSED",
		"message": sprintf("%s takes %v ns, before it took %v ns; at most %v%% more is allowed", [
			shape.text(entry, ["name"]),
			entry.now_ns,
			entry.before_ns,
			limit,
		]),
		"fix": sprintf("make it faster, or take a new baseline on purpose; then %s", [about.redo]),
		"evidence": object.union(quality.facts(statement), {"name": shape.text(entry, ["name"]), "now_ns": entry.now_ns, "before_ns": entry.before_ns}),
	}
}

few := {violation |
	wanted := max([1, profile.threshold("performance", "min_compared", needs.min_compared)])
	some statement in read
	found := min([number(statement, "compared"), listed(statement)])
	found < wanted
	violation := {
		"code": "PERFORMANCE_NOT_COMPARED",
		"message": sprintf("%v of %v benchmarks were held against a baseline, expected at least %v", [
			found,
			number(statement, "benchmarks"),
			wanted,
		]),
		"fix": "attest them with a baseline: supplychain attest test ARTIFACT --file REPORT --baseline FILE",
		"evidence": object.union(quality.facts(statement), {"compared": found, "wanted": wanted}),
	}
}

# How many comparisons the list vouches for: 20 stand for as many as were compared.
listed(statement) := number(statement, "compared") if count(worst(statement)) >= 20

listed(statement) := count(worst(statement)) if count(worst(statement)) < 20

gone := {violation |
	some statement in read
	names := shape.texts(quality.measured(statement), ["gone"])
	count(names) > 0
	violation := {
		"code": "PERFORMANCE_GONE",
		"message": sprintf("%v benchmarks of the baseline were not run: %s", [count(names), shape.listing(names, 5)]),
		"fix": "run them too, or take them out of the baseline on purpose",
		"evidence": object.union(quality.facts(statement), {"gone": array.slice(names, 0, 20)}),
	}
}

refused := gone | (slower | few) if profile.threshold("performance", "gone", needs.gone) == "deny"

refused := slower | few if profile.threshold("performance", "gone", needs.gone) == "warn"

# METADATA
# title: No benchmark became slower
# description: No median is above its baseline by more than the profile's max_regression_percent.
# scope: rule
# custom:
#   code: PERFORMANCE_REGRESSED
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	not break_glass.is_open("performance")
	some violation in slower
}

# METADATA
# title: Enough benchmarks were compared
# description: At least the profile's min_compared, and never fewer than one.
# scope: rule
# custom:
#   code: PERFORMANCE_NOT_COMPARED
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	not break_glass.is_open("performance")
	some violation in few
}

# METADATA
# title: No benchmark has gone
# description: A benchmark of the baseline that was not run may be the one that became slower.
# scope: rule
# custom:
#   code: PERFORMANCE_GONE
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	profile.threshold("performance", "gone", needs.gone) == "deny"
	not break_glass.is_open("performance")
	some violation in gone
}

# METADATA
# title: No benchmark has gone (a warning where the profile says so)
# description: A benchmark of the baseline that was not run may be the one that became slower.
# scope: rule
# custom:
#   code: PERFORMANCE_GONE
#   severity: low
#   controls:
#     nist_ssdf: [PW.8.2]
warn contains violation if {
	profile.threshold("performance", "gone", needs.gone) == "warn"
	some violation in gone
}

# METADATA
# title: The benchmarks ran on another machine than their baseline
# description: Then a difference says little; run both on one machine.
# scope: rule
# custom:
#   code: PERFORMANCE_OTHER_MACHINE
#   severity: low
#   controls:
#     nist_ssdf: [PW.8.2]
warn contains violation if {
	some statement in read
	shape.get(quality.measured(statement), ["same_machine"], null) == false
	violation := {
		"code": "PERFORMANCE_OTHER_MACHINE",
		"message": "benchmarks and baseline were measured on different machines, so a difference says little",
		"fix": "measure both on one machine, one after the other",
		"evidence": quality.facts(statement),
	}
}

# METADATA
# title: What is let pass because the glass is broken
# description: Two persons or more have said that this rule may be broken for a few hours.
# scope: rule
# custom:
#   code: BREAK_GLASS_OPEN
#   severity: critical
#   controls:
#     soc2: [CC7.4, CC8.1]
#     iso27001: [A.5.26, A.8.32]
warn contains break_glass.told("performance", violation) if {
	break_glass.is_open("performance")
	some violation in refused
}

# METADATA
# title: A benchmark report exists
# description: Without a report nobody knows whether it became slower.
# scope: rule
# custom:
#   code: PERFORMANCE_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.29]
deny contains violation if some violation in quality.absence("PERFORMANCE_MISSING", "performance", considered)

# METADATA
# title: The benchmark report is not dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: PERFORMANCE_FROM_THE_FUTURE
#   severity: high
#   controls:
#     iso27001: [A.8.17]
deny contains violation if some violation in freshness.from_future(about, considered)

# METADATA
# title: The benchmark report is recent enough
# description: It is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: PERFORMANCE_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	limit := profile.threshold("performance", "max_age_hours", needs.max_age_hours)
	some violation in freshness.stale(about, considered, limit)
}

# METADATA
# title: The counts can be read
# description: Each count that is judged is a whole number.
# scope: rule
# custom:
#   code: PERFORMANCE_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if some violation in quality.unread("PERFORMANCE_MALFORMED", "performance", considered, counts)

# METADATA
# title: The benchmark report carries a time
# description: Without a time nobody can say which report is the newest.
# scope: rule
# custom:
#   code: PERFORMANCE_TIME_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.undated(about, considered)

# METADATA
# title: The age of the benchmark report can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: PERFORMANCE_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless(about)

# METADATA
# title: The profile says what benchmarks must show
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: PERFORMANCE_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("performance", needs)
