# METADATA
# scope: package
# title: Waivers
# description: >-
#   Signed waivers are accepted, and none is forgotten: what has ended, ends soon, matches nothing, is wider than needed
#   or longer than allowed is told. A profile without this rule accepts no waiver.
# custom:
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     soc2: [CC3.2, CC7.4]
#     iso27001: [A.5.8, A.8.8]
#     pci_dss: ["6.3.1", "12.3.1"]
package supplychain.waivers

import data.supplychain.iac
import data.supplychain.image
import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.statements
import data.supplychain.lib.waivers
import data.supplychain.licenses
import data.supplychain.sast
import data.supplychain.secrets
import data.supplychain.vulnerabilities

needs := {
	"max_days": "number",
	"expiring_days": "number",
}

covers_something(waiver) if {
	some found in vulnerabilities.covered
	waiver in found
}

covers_something(waiver) if {
	some found in sast.covered
	waiver in found
}

covers_something(waiver) if {
	some found in licenses.covered
	waiver in found
}

covers_something(waiver) if {
	some found in secrets.covered
	waiver in found
}

covers_something(waiver) if {
	some found in iac.covered
	waiver in found
}

covers_something(waiver) if {
	some found in image.covered
	waiver in found
}

# Something is in its scope that no waiver in force covers: its end matters.
is_missed(waiver) if {
	some position in vulnerabilities.named[waiver.waives]
	waivers.reaches(waiver, vulnerabilities.waivable[position])
	not vulnerabilities.covered[position]
}

is_missed(waiver) if {
	some position in sast.named[waiver.waives]
	waivers.reaches(waiver, sast.waivable[position])
	not sast.covered[position]
}

is_missed(waiver) if {
	some position in licenses.named[waiver.waives]
	waivers.reaches(waiver, licenses.waivable[position])
	not licenses.covered[position]
}

is_missed(waiver) if {
	some position in secrets.named[waiver.waives]
	waivers.reaches(waiver, secrets.waivable[position])
	not secrets.covered[position]
}

is_missed(waiver) if {
	some position in iac.named[waiver.waives]
	waivers.reaches(waiver, iac.waivable[position])
	not iac.covered[position]
}

is_missed(waiver) if {
	some position in image.named[waiver.waives]
	waivers.reaches(waiver, image.waivable[position])
	not image.covered[position]
}

# Reaches components of more than one name: a `*` stands before the name has ended. `pkg:pypi/jinja2@*` is one package.
is_open_component("") := true

is_open_component(pattern) if {
	contains(pattern, "*")
	not regex.match("^pkg:[^*@]+@", pattern)
}

is_open_path("") := true

is_open_path(pattern) if startswith(pattern, "*")

about(waiver) := sprintf("the waiver of %s by %s", [waiver.waives, waiver.owner])

# METADATA
# title: A waiver has ended
# description: From the second of its end on, what it covered counts again.
# scope: rule
# custom:
#   code: WAIVER_EXPIRED
#   severity: medium
#   controls:
#     nist_ssdf: [RV.2.2]
#     iso27001: [A.8.8]
warn contains violation if {
	some waiver in waivers.expired
	is_missed(waiver)
	violation := {
		"code": "WAIVER_EXPIRED",
		"message": sprintf("%s ended at %s; what it covered counts again", [about(waiver), waiver.until]),
		"fix": "mend the finding, or have the waiver renewed: supplychain waive",
		"evidence": waivers.facts(waiver),
	}
}

# METADATA
# title: A waiver ends soon
# description: The owner has a few days left to mend the finding.
# scope: rule
# custom:
#   code: WAIVER_EXPIRING
#   severity: low
#   controls:
#     nist_ssdf: [RV.2.2]
#     iso27001: [A.8.8]
warn contains violation if {
	days := profile.threshold("waivers", "expiring_days", needs.expiring_days)
	some waiver in waivers.in_force
	waiver.until_ns - moment.now <= days * waivers.day_ns
	violation := {
		"code": "WAIVER_EXPIRING",
		"message": sprintf("%s ends at %s, within %v days", [about(waiver), waiver.until, days]),
		"fix": "mend the finding, or have the waiver renewed: supplychain waive",
		"evidence": waivers.facts(waiver),
	}
}

# METADATA
# title: Every waiver can be read
# description: One without readable scope, beginning and end covers nothing.
# scope: rule
# custom:
#   code: WAIVER_MALFORMED
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2]
warn contains violation if {
	some statement in waivers.unreadable
	violation := {
		"code": "WAIVER_MALFORMED",
		"message": sprintf("the waiver %s has no readable scope, beginning and end; it does not count", [statements.digest_of(statement)]),
		"fix": "have it signed again: supplychain waive",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

# METADATA
# title: A waiver matches nothing
# description: It may be misspelt, or the finding may be gone; either way nobody needs it.
# scope: rule
# custom:
#   code: WAIVER_UNUSED
#   severity: low
#   controls:
#     nist_ssdf: [PO.4.2]
#     iso27001: [A.5.8]
warn contains violation if {
	some waiver in waivers.in_force
	not covers_something(waiver)
	violation := {
		"code": "WAIVER_UNUSED",
		"message": sprintf("%s covers no finding of this artifact", [about(waiver)]),
		"fix": "compare its id, component and path with the findings, or let it end",
		"evidence": object.union(waivers.facts(waiver), {"component": waiver.component, "path": waiver.path}),
	}
}

# METADATA
# title: A waiver is wider than needed
# description: Without a package or path, or with a pattern of many, it also covers what nobody has looked at.
# scope: rule
# custom:
#   code: WAIVER_WIDE
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2]
#     soc2: [CC3.2]
warn contains violation if {
	some waiver in waivers.in_force
	is_open_component(waiver.component)
	is_open_path(waiver.path)
	violation := {
		"code": "WAIVER_WIDE",
		"message": sprintf("%s is limited to no one package and no path", [about(waiver)]),
		"fix": "sign one with --component PURL (or --path FILE) in its place",
		"evidence": waivers.facts(waiver),
	}
}

# METADATA
# title: A waiver is longer than the environment allows
# description: It does not count at all.
# scope: rule
# custom:
#   code: WAIVER_TOO_LONG
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2]
#     soc2: [CC3.2]
warn contains violation if {
	waivers.max_ns >= 0
	some waiver in waivers.too_long
	violation := {
		"code": "WAIVER_TOO_LONG",
		"message": sprintf("%s lasts from %s until %s, at most %v days are allowed; it does not count", [
			about(waiver),
			waiver.from,
			waiver.until,
			waivers.max_ns / waivers.day_ns,
		]),
		"fix": "sign one with an earlier --until in its place",
		"evidence": waivers.facts(waiver),
	}
}

# METADATA
# title: The profile says how long a waiver may last
# description: Without a limit no waiver counts.
# scope: rule
# custom:
#   code: WAIVERS_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains gap if {
	some gap in profile.gaps("waivers", needs)
}
