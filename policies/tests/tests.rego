# METADATA
# scope: package
# title: Tests
# description: The newest test report says that enough tests ran, and that none failed.
# custom:
#   controls:
#     nist_ssdf: [PW.8.1, PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.29]
#     pci_dss: ["6.2.3", "6.5.1"]
package supplychain.tests

import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.quality
import data.supplychain.lib.shape

needs := {
	"min_tests": "number",
	"max_skipped": "number or null",
	"max_age_hours": "number or null",
}

about := {
	"code": "TESTS",
	"name": "the test report",
	"redo": "run the tests again and attest their report: supplychain attest test ARTIFACT --file REPORT",
}

counts := ["tests", "passed", "failed", "skipped"]

considered := quality.newest("tests")

read := [statement | some statement in considered; quality.has_counts(statement, counts)]

number(statement, name) := shape.number(quality.measured(statement), [name], 0)

# Skipped tests tell nothing, so only those that ran count.
ran(statement) := number(statement, "tests") - number(statement, "skipped")

# The counts are all tests there are, and those that failed are named by texts. `flaky` tests passed at last.
is_counted(statement) if {
	flaky := shape.get(quality.measured(statement), ["flaky"], 0)
	quality.is_count(flaky)
	known := (number(statement, "passed") + number(statement, "failed")) + (number(statement, "skipped") + flaky)
	known == number(statement, "tests")
	profile.is_texts(shape.get(statement, ["predicate", "failedTests"], []))
}

# A report may say FAILED without a failed test, or PASSED with one: the worse counts.
has_failed(statement) if number(statement, "failed") > 0

has_failed(statement) if not quality.result_of(statement) in {"PASSED", "WARNED"}

has_failed(statement) if count(shape.list(statement, ["predicate", "failedTests"])) > 0

failed := {violation |
	some statement in array.concat(considered, quality.unmeasured)
	has_failed(statement)
	names := shape.texts(statement, ["predicate", "failedTests"])
	violation := {
		"code": "TESTS_FAILED",
		"message": sprintf("the tests say %q with %v of %v failed, expected PASSED with 0: %s", [
			quality.result_of(statement),
			number(statement, "failed"),
			number(statement, "tests"),
			shape.listing(names, 5),
		]),
		"fix": sprintf("mend what fails, build again, then %s", [about.redo]),
		"evidence": object.union(quality.facts(statement), {"failed": array.slice(names, 0, 20)}),
	}
}

few := {violation |
	wanted := profile.threshold("tests", "min_tests", needs.min_tests)
	some statement in read
	ran(statement) < max([1, wanted])
	violation := {
		"code": "TESTS_TOO_FEW",
		"message": sprintf("%v tests ran, expected at least %v", [ran(statement), max([1, wanted])]),
		"fix": sprintf("find out why tests were not collected, then %s", [about.redo]),
		"evidence": object.union(quality.facts(statement), {"ran": ran(statement), "wanted": wanted}),
	}
}

skipped := {violation |
	limit := profile.threshold("tests", "max_skipped", needs.max_skipped)
	is_number(limit)
	some statement in read
	number(statement, "skipped") > limit
	violation := {
		"code": "TESTS_SKIPPED",
		"message": sprintf("%v of %v tests were skipped, at most %v are allowed", [
			number(statement, "skipped"),
			number(statement, "tests"),
			limit,
		]),
		"fix": sprintf("run them, or take them out, then %s", [about.redo]),
		"evidence": object.union(quality.facts(statement), {"skipped": number(statement, "skipped")}),
	}
}

# METADATA
# title: No test failed
# description: The result is PASSED or WARNED and no failed test is counted or named.
# scope: rule
# custom:
#   code: TESTS_FAILED
#   severity: high
#   controls:
#     nist_ssdf: [PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.29]
#     pci_dss: ["6.5.1"]
deny contains violation if {
	not break_glass.is_open("tests")
	some violation in failed
}

# METADATA
# title: Enough tests ran
# description: At least the profile's min_tests and never fewer than one; a skipped test did not run.
# scope: rule
# custom:
#   code: TESTS_TOO_FEW
#   severity: high
#   controls:
#     nist_ssdf: [PW.8.1]
#     soc2: [CC8.1]
#     iso27001: [A.8.29]
deny contains violation if {
	not break_glass.is_open("tests")
	some violation in few
}

# METADATA
# title: Not too many tests were skipped
# description: At most the profile's max_skipped; null sets no limit.
# scope: rule
# custom:
#   code: TESTS_SKIPPED
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	not break_glass.is_open("tests")
	some violation in skipped
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
warn contains break_glass.told("tests", violation) if {
	break_glass.is_open("tests")
	some violation in ((failed | few) | skipped)
}

# METADATA
# title: A test report exists
# description: Without a report nobody knows whether the tests pass.
# scope: rule
# custom:
#   code: TESTS_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.8.1]
#     soc2: [CC8.1]
#     iso27001: [A.8.29]
deny contains violation if some violation in quality.absence("TESTS_MISSING", "tests", considered)

# METADATA
# title: The test report is not dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: TESTS_FROM_THE_FUTURE
#   severity: high
#   controls:
#     iso27001: [A.8.17]
deny contains violation if some violation in freshness.from_future(about, considered)

# METADATA
# title: The test report is recent enough
# description: It is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: TESTS_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	limit := profile.threshold("tests", "max_age_hours", needs.max_age_hours)
	some violation in freshness.stale(about, considered, limit)
}

# METADATA
# title: The counts can be read
# description: How many tests there were, passed, failed and were skipped are whole numbers.
# scope: rule
# custom:
#   code: TESTS_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if some violation in quality.unread("TESTS_MALFORMED", "tests", considered, counts)

# METADATA
# title: The counts add up
# description: A test that neither passed nor failed nor was skipped may have done anything.
# scope: rule
# custom:
#   code: TESTS_CONTRADICTS
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if {
	some statement in read
	not is_counted(statement)
	violation := {
		"code": "TESTS_CONTRADICTS",
		"message": sprintf("of %v tests %v passed, %v failed and %v were skipped, which does not add up, or names are no texts", [
			number(statement, "tests"),
			number(statement, "passed"),
			number(statement, "failed"),
			number(statement, "skipped"),
		]),
		"fix": about.redo,
		"evidence": quality.facts(statement),
	}
}

# METADATA
# title: The test report carries a time
# description: Without a time nobody can say which report is the newest.
# scope: rule
# custom:
#   code: TESTS_TIME_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.undated(about, considered)

# METADATA
# title: The age of the test report can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: TESTS_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless(about)

# METADATA
# title: The profile says what tests must show
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: TESTS_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("tests", needs)
