# METADATA
# scope: package
# title: Source
# description: >-
#   The newest provenance says that the artifact was built from a repository and a ref (branch or tag) that the profile expects.
# custom:
#   controls:
#     nist_ssdf: [PS.1.1, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.4, A.8.28]
#     pci_dss: ["6.5.1"]
package supplychain.source

import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"uris": "list of texts, not empty",
	"refs": "list of texts or null",
}

considered := statements.newest(statements.of_kind("provenance"))

# The source is the first dependency with a git commit, as in the rule `provenance`.
uri_of(statement) := uris[0] if {
	uris := [shape.text(dependency, ["uri"]) |
		some dependency in shape.list(statement, ["predicate", "buildDefinition", "resolvedDependencies"])
		shape.text(dependency, ["digest", "gitCommit"]) != ""
	]
	count(uris) > 0
} else := ""

# `git+https://git.example/shop@refs/heads/main` is a repository and a ref.
repository(uri) := split(uri, "@refs/")[0]

ref(uri) := sprintf("refs/%s", [split(uri, "@refs/")[1]]) if count(split(uri, "@refs/")) == 2

ref(uri) := "" if count(split(uri, "@refs/")) != 2

is_expected(text, patterns) if {
	text != ""
	some pattern in patterns
	shape.matches(pattern, text)
}

facts(statement) := {"statement": statements.digest_of(statement), "uri": uri_of(statement)}

# METADATA
# title: Provenance exists
# description: Without it nobody says from which source the artifact was built.
# scope: rule
# custom:
#   code: SOURCE_MISSING
#   severity: critical
#   controls:
#     nist_ssdf: [PS.3.2]
deny contains violation if {
	count(considered) == 0
	violation := {
		"code": "SOURCE_MISSING",
		"message": "0 verified provenance statements about this artifact, expected one that names its source",
		"fix": "build again: supplychain run DIR",
		"evidence": {},
	}
}

# METADATA
# title: The repository is expected
# description: Its address matches one of the profile's uris; a fork with the same code is another repository.
# scope: rule
# custom:
#   code: SOURCE_NOT_EXPECTED
#   severity: critical
#   controls:
#     nist_ssdf: [PS.1.1, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.4]
deny contains violation if {
	wanted := profile.threshold("source", "uris", needs.uris)
	some statement in considered
	found := repository(uri_of(statement))
	not is_expected(found, wanted)
	violation := {
		"code": "SOURCE_NOT_EXPECTED",
		"message": sprintf("built from %q, expected one of: %s", [found, shape.listing(wanted, 5)]),
		"fix": "build from the repository of record, or name this one in thresholds.source.uris of the profile",
		"evidence": facts(statement),
	}
}

# METADATA
# title: The ref is expected
# description: The branch or tag matches one of the profile's refs; null does not ask. A build that names none matches none.
# scope: rule
# custom:
#   code: SOURCE_REF_NOT_EXPECTED
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2]
#     soc2: [CC8.1]
#     pci_dss: ["6.5.1"]
deny contains violation if {
	wanted := profile.threshold("source", "refs", needs.refs)
	is_array(wanted)
	some statement in considered
	found := ref(uri_of(statement))
	not is_expected(found, wanted)
	violation := {
		"code": "SOURCE_REF_NOT_EXPECTED",
		"message": sprintf("built from the ref %q, expected one of: %s", [found, shape.listing(wanted, 5)]),
		"fix": "build a branch or tag that may be released, or name this one in thresholds.source.refs of the profile",
		"evidence": facts(statement),
	}
}

# METADATA
# title: The age of provenance can be told
# description: Without the moment of the decision nobody can say which provenance is the newest.
# scope: rule
# custom:
#   code: SOURCE_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless({"code": "SOURCE"})

# METADATA
# title: The profile says which source it expects
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: SOURCE_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("source", needs)
