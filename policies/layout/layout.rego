# METADATA
# scope: package
# title: Layout
# description: >-
#   The steps that led to the artifact were held against the layouts that the profile requires, and were followed. A
#   requirement is the digest of a layout ("sha256:…") or the in-toto key id of its owner ("key:…"); without any, one
#   layout check must be there. Of several checks that meet a requirement the newest counts.
# custom:
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PO.3.2, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.5.21, A.8.25]
package supplychain.layout

import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"required": "list of texts",
	"max_age_hours": "number or null",
}

about := {
	"code": "LAYOUT",
	"name": "the layout check",
	"redo": "check again: supplychain attest layout ARTIFACT --layout FILE --layout-key PEM",
}

threshold(key) := profile.threshold("layout", key, needs[key])

# What has to be met; "" stands for any layout at all.
demands := {""} if threshold("required") == []

demands := {text | some text in threshold("required")} if threshold("required") != []

checks := statements.of_kind("layout")

meets(_, demand) if demand == ""

meets(check, demand) if {
	digests := shape.get(check, ["predicate", "layout", "digest"], {})
	is_object(digests)
	some algorithm, value in digests
	demand == sprintf("%v:%v", [algorithm, value])
}

meets(check, demand) if {
	some key in shape.texts(check, ["predicate", "keys"])
	demand == sprintf("key:%s", [key])
}

# For each demand the newest checks that meet it.
considered_for[demand] := statements.newest([check | some check in checks; meets(check, demand)]) if {
	some demand in demands
}

considered := [check | some check in checks; some found in considered_for; check in found]

wanted(demand) := "any layout" if demand == ""

wanted(demand) := sprintf("layout %s", [demand]) if demand != ""

has_passed(check) if {
	shape.text(check, ["predicate", "result"]) == "PASSED"
	shape.texts(check, ["predicate", "keys"]) != []
	shape.list(check, ["predicate", "steps"]) != []
}

# METADATA
# title: The required layouts were checked
# description: Somebody whom trust.yaml lets claim layout has held the artifact's steps against each of them.
# scope: rule
# custom:
#   code: LAYOUT_MISSING
#   severity: high
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PO.3.2, PS.3.2]
#     iso27001: [A.5.21]
deny contains violation if {
	some demand in demands
	count(considered_for[demand]) == 0
	violation := {
		"code": "LAYOUT_MISSING",
		"message": sprintf("0 verified checks of %s for this artifact, expected at least 1", [wanted(demand)]),
		"fix": about.redo,
		"evidence": {"required": demand, "checks": [statements.digest_of(check) | some check in checks]},
	}
}

# METADATA
# title: The layout was followed
# description: The newest check says PASSED, and names who signed the layout and which steps were seen.
# scope: rule
# custom:
#   code: LAYOUT_NOT_FOLLOWED
#   severity: critical
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PO.3.2, PS.3.2, RV.1.1]
#     soc2: [CC8.1]
#     iso27001: [A.5.21, A.8.25]
deny contains violation if {
	some check in considered
	not has_passed(check)
	violation := {
		"code": "LAYOUT_NOT_FOLLOWED",
		"message": sprintf("the check of layout %q says %q %s, expected PASSED by named keys and steps", [
			shape.text(check, ["predicate", "layout", "name"]),
			shape.text(check, ["predicate", "result"]),
			shape.text(check, ["predicate", "code"]),
		]),
		"fix": "find out what was exchanged or left out (verify --layout says what), and build again",
		"evidence": {
			"statement": statements.digest_of(check),
			"code": shape.text(check, ["predicate", "code"]),
		},
	}
}

# METADATA
# title: The check is recent enough
# description: A layout check is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: LAYOUT_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.8.32]
deny contains violation if {
	some violation in freshness.stale(about, considered, threshold("max_age_hours"))
}

# METADATA
# title: The check is not dated in the future
# description: A check later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: LAYOUT_FROM_THE_FUTURE
#   severity: high
#   controls:
#     iso27001: [A.8.17]
deny contains violation if {
	some violation in freshness.from_future(about, considered)
}

# METADATA
# title: The check carries a time
# description: Without a time nobody can say which check is the newest.
# scope: rule
# custom:
#   code: LAYOUT_TIME_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.undated(about, considered)
}

# METADATA
# title: The age of the check can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: LAYOUT_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.clockless(about)
}

# METADATA
# title: The profile says which layouts it requires
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: LAYOUT_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	some violation in profile.gaps("layout", needs)
}
