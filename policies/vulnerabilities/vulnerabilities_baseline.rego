package supplychain.vulnerabilities

import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

# Findings that were there before. A scan says which findings its baseline did not have; who may change the configuration
# chooses the baseline, so it excuses only if the profile names it, it is about another state of the same thing, and a
# decision was an ALLOW that somebody vouches for. What is excused is always told, with the baseline's digest.

known_before := profile.threshold("vulnerabilities", "known_before", needs.known_before)

default accepted_baselines := []

accepted_baselines := profile.threshold("vulnerabilities", "baselines", needs.baselines)

baseline_of(statement) := shape.get(statement, ["predicate", "baseline"], null)

# How a profile names a baseline: decision:ENVIRONMENT:DIGEST, revision:gitCommit:HEX, sbom:DIGEST or scan:DIGEST.
reference(baseline) := sprintf("decision:%s:%s", [
	shape.text(baseline, ["environment"]),
	shape.text(baseline, ["digest"]),
]) if {
	shape.text(baseline, ["form"]) == "decision"
} else := sprintf("%s:%s", [shape.text(baseline, ["form"]), shape.text(baseline, ["digest"])])

# Why a baseline excuses nothing; several may hold.
faults(statement) := {"BASELINE_MISSING"} if {
	not is_object(baseline_of(statement))
} else := {code |
	some code, found in {
		"BASELINE_NOT_ACCEPTED": is_unnamed(baseline_of(statement)),
		"BASELINE_NOT_ALLOWED": is_no_allow(baseline_of(statement)),
		"BASELINE_UNVOUCHED": is_unvouched(baseline_of(statement)),
		"BASELINE_OF_ITSELF": is_itself(baseline_of(statement)),
		"BASELINE_OTHER_ARTIFACT": is_of_another(baseline_of(statement)),
	}
	found
}

default is_unnamed(_) := true

is_unnamed(baseline) := false if {
	shape.text(baseline, ["digest"]) != ""
	some pattern in accepted_baselines
	shape.matches(pattern, reference(baseline))
}

is_decision(baseline) if shape.text(baseline, ["form"]) == "decision"

default is_no_allow(_) := false

is_no_allow(baseline) if {
	is_decision(baseline)
	shape.text(baseline, ["verdict"]) != "ALLOW"
}

default is_unvouched(_) := false

is_unvouched(baseline) if {
	is_decision(baseline)
	shape.texts(baseline, ["vouchedBy"]) == []
}

# The state that is judged: the artifact's own digests, and the revision it was built from.
own_state := {sprintf("%s:%s", [algorithm, hex]) |
	some algorithm, hex in shape.get(input, ["artifact", "digest"], {})
} | {sprintf("gitCommit:%s", [commit]) |
	some statement in statements.of_kind("provenance")
	some dependency in shape.list(statement, ["predicate", "buildDefinition", "resolvedDependencies"])
	commit := shape.text(dependency, ["digest", "gitCommit"])
	commit != ""
}

default is_itself(_) := false

is_itself(baseline) if {
	some state in array.concat(shape.texts(baseline, ["artifacts"]), [shape.text(baseline, ["digest"])])
	state in own_state
}

# A revision is of the same repository; everything else has to say what it is about.
default is_of_another(_) := true

is_of_another(baseline) := false if shape.text(baseline, ["form"]) == "revision"

is_of_another(baseline) := false if {
	some name in shape.texts(baseline, ["names"])
	stem(name) == stem(shape.text(input, ["artifact", "name"]))
	stem(name) != ""
}

# A name without version and file ending: shop-1.0-py3-none-any.whl and Shop_2.1.tar.gz are both "shop".
stem(name) := regex.replace(
	regex.replace(
		regex.replace(lower(name), "\\.(?:tar|tar\\.[a-z0-9]+|tgz|whl|zip|jar|war|gem|crate|deb|rpm|apk)$", ""),
		"[-_.@:]v?[0-9].*$", "",
	),
	"[-_.]+", "-",
)

# What the baseline lets a reaction be, for each statement: its digest to the threshold.
limits[digest] := limit if {
	limit := known_before
	limit in {"warn", "ignore"}
	some statement in considered
	count(faults(statement)) == 0
	digest := statements.digest_of(statement)
}

# `new` is what the scan says: only a plain no is one.
softened(reaction, new, limit) := "ignore" if {
	limit == "ignore"
	new == false
} else := "warn" if {
	limit == "warn"
	new == false
	reaction == "deny"
} else := reaction

baseline_words := {
	"BASELINE_MISSING": {
		"what": "the dependency scan was held against no baseline, so every finding counts as new",
		"fix": "name one: `baseline` in supplychain.yaml, or supplychain run --since",
	},
	"BASELINE_NOT_ACCEPTED": {
		"what": "the profile does not name this baseline among those it accepts, so every finding counts as new",
		"fix": "take one that thresholds.vulnerabilities.baselines names, or have it added there",
	},
	"BASELINE_NOT_ALLOWED": {
		"what": "the baseline is a decision that did not allow, so every finding counts as new",
		"fix": "take the decision about the last release that was allowed",
	},
	"BASELINE_UNVOUCHED": {
		"what": "no trusted summary in the store stands behind the decision that is the baseline; every finding counts as new",
		"fix": "keep the summaries of earlier releases in the store, and run again",
	},
	"BASELINE_OF_ITSELF": {
		"what": "the baseline is the very state that is judged, so every finding counts as new",
		"fix": "take the state of the last release as the baseline",
	},
	"BASELINE_OTHER_ARTIFACT": {
		"what": "the baseline is about another artifact, or does not say about which, so every finding counts as new",
		"fix": "take a baseline of this product",
	},
}

# Statements whose baseline has a fault, in a profile that would let it excuse something.
faulty(code) := [statement |
	known_before in {"warn", "ignore"}
	some statement in considered
	code in faults(statement)
]

useless(code, statement) := {
	"code": code,
	"message": baseline_words[code].what,
	"fix": baseline_words[code].fix,
	"evidence": {
		"baseline": baseline_of(statement),
		"reference": reference(baseline_of(statement)),
		"statement": statements.digest_of(statement),
	},
}

# METADATA
# title: There is a baseline
# description: Without one nothing counts as known before.
# scope: rule
# custom:
#   code: BASELINE_MISSING
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     iso27001: [A.8.8]
warn contains useless("BASELINE_MISSING", statement) if {
	some statement in faulty("BASELINE_MISSING")
}

# METADATA
# title: The profile accepts the baseline
# description: Who scans chooses the baseline; only one that the profile names excuses anything.
# scope: rule
# custom:
#   code: BASELINE_NOT_ACCEPTED
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     iso27001: [A.8.8]
warn contains useless("BASELINE_NOT_ACCEPTED", statement) if {
	some statement in faulty("BASELINE_NOT_ACCEPTED")
}

# METADATA
# title: The baseline was allowed
# description: What a decision denied is not excused by having been denied.
# scope: rule
# custom:
#   code: BASELINE_NOT_ALLOWED
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     iso27001: [A.8.8]
warn contains useless("BASELINE_NOT_ALLOWED", statement) if {
	some statement in faulty("BASELINE_NOT_ALLOWED")
}

# METADATA
# title: Somebody vouches for the baseline
# description: A decision record is anybody's text until a trusted summary points to it.
# scope: rule
# custom:
#   code: BASELINE_UNVOUCHED
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     iso27001: [A.8.8]
warn contains useless("BASELINE_UNVOUCHED", statement) if {
	some statement in faulty("BASELINE_UNVOUCHED")
}

# METADATA
# title: The baseline is an earlier state
# description: Held against itself, nothing is ever new.
# scope: rule
# custom:
#   code: BASELINE_OF_ITSELF
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     iso27001: [A.8.8]
warn contains useless("BASELINE_OF_ITSELF", statement) if {
	some statement in faulty("BASELINE_OF_ITSELF")
}

# METADATA
# title: The baseline is about this product
# description: What another product had says nothing about this one.
# scope: rule
# custom:
#   code: BASELINE_OTHER_ARTIFACT
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     iso27001: [A.8.8]
warn contains useless("BASELINE_OTHER_ARTIFACT", statement) if {
	some statement in faulty("BASELINE_OTHER_ARTIFACT")
}

# METADATA
# title: Findings that were there before
# description: The baseline had them, so the profile lets them be; how many and which is told, and by which baseline.
# scope: rule
# custom:
#   code: BASELINE_EXCUSED
#   severity: medium
#   controls:
#     nist_ssdf: [RV.2.2]
#     soc2: [CC3.2]
#     iso27001: [A.8.8]
warn contains violation if {
	some statement in considered
	digest := statements.digest_of(statement)
	limits[digest]
	had := [entry | some entry in judged; entry.statement == digest; entry.reaction != entry.usual]
	names := [finding.evidence.id | some entry in had; some finding in entry.members]
	count(names) > 0
	baseline := baseline_of(statement)
	violation := {
		"code": "BASELINE_EXCUSED",
		"message": sprintf("%v findings are excused because the baseline %s had them: %s", [
			count(names),
			reference(baseline),
			shape.listing(names, 5),
		]),
		"fix": "mend them; each counts again once the baseline has not got it",
		"evidence": {
			"baseline": baseline,
			"reference": reference(baseline),
			"statement": digest,
			"findings": [known |
				some entry in had
				some finding in entry.members
				known := {
					"id": finding.evidence.id,
					"aliases": shape.list(finding.evidence, ["aliases"]),
					"purl": finding.evidence.purl,
					"severity": entry.severity,
				}
			],
		},
	}
}
