# METADATA
# scope: package
# title: Provenance
# description: The newest SLSA provenance says that a builder worth enough built the artifact from a known source.
# custom:
#   controls:
#     slsa: [Build L1, Build L2, Build L3]
#     nist_ssdf: [PS.3.2, PW.4.4]
#     soc2: [CC8.1]
#     iso27001: [A.5.21, A.8.25]
package supplychain.provenance

import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"min_builder_level": "number",
	"require_clean_source": "true or false",
	"max_age_hours": "number or null",
	"allowed_builders": "list of texts",
}

about := {
	"code": "PROVENANCE",
	"name": "the provenance",
	"redo": "build again: supplychain run DIR",
}

considered := statements.newest(statements.of_kind("provenance"))

builder_of(statement) := shape.text(statement, ["predicate", "runDetails", "builder", "id"])

level_of(statement) := shape.number(statement, ["builder_level"], 0)

is_allowed(builder) if {
	builder != ""
	some pattern in profile.threshold("provenance", "allowed_builders", needs.allowed_builders)
	shape.matches(pattern, builder)
}

# METADATA
# title: Provenance exists
# description: Somebody whom trust.yaml lets claim provenance has said how this artifact was built.
# scope: rule
# custom:
#   code: PROVENANCE_MISSING
#   severity: critical
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.5.21]
#     hipaa: [164.312(c)(1)]
deny contains violation if {
	count(considered) == 0
	violation := {
		"code": "PROVENANCE_MISSING",
		"message": "0 verified provenance statements about this artifact, expected at least 1",
		"fix": about.redo,
		"evidence": {},
	}
}

# METADATA
# title: Provenance is not dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: PROVENANCE_FROM_THE_FUTURE
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.8.17]
deny contains violation if {
	some violation in freshness.from_future(about, considered)
}

# METADATA
# title: Provenance is recent enough
# description: The build is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: PROVENANCE_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.8.32]
deny contains violation if {
	limit := profile.threshold("provenance", "max_age_hours", needs.max_age_hours)
	some violation in freshness.stale(about, considered, limit)
}

# METADATA
# title: The builder's word is worth enough
# description: The SLSA build level that trust.yaml grants to the builder reaches the profile's min_builder_level.
# scope: rule
# custom:
#   code: PROVENANCE_BUILDER_LEVEL_TOO_LOW
#   severity: high
#   controls:
#     slsa: [Build L1, Build L2, Build L3]
#     nist_ssdf: [PO.3.2, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.5.21, A.8.25]
deny contains violation if {
	wanted := profile.threshold("provenance", "min_builder_level", needs.min_builder_level)
	some statement in considered
	level_of(statement) < wanted
	violation := {
		"code": "PROVENANCE_BUILDER_LEVEL_TOO_LOW",
		"message": sprintf("the builder %q is worth SLSA build level %v, expected at least %v", [
			builder_of(statement),
			level_of(statement),
			wanted,
		]),
		"fix": sprintf("build on a builder to which trust.yaml grants level %v or more", [wanted]),
		"evidence": {
			"statement": statements.digest_of(statement),
			"builder": builder_of(statement),
			"level": level_of(statement),
			"wanted": wanted,
		},
	}
}

# METADATA
# title: The builder is named and allowed
# description: The builder's id is there and matches one of the profile's allowed_builders; no pattern allows nobody.
# scope: rule
# custom:
#   code: PROVENANCE_BUILDER_NOT_ALLOWED
#   severity: high
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PO.3.2, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.5.21]
deny contains violation if {
	allowed := profile.threshold("provenance", "allowed_builders", needs.allowed_builders)
	some statement in considered
	builder := builder_of(statement)
	not is_allowed(builder)
	violation := {
		"code": "PROVENANCE_BUILDER_NOT_ALLOWED",
		"message": sprintf("the builder %q is not allowed, expected one of: %s", [builder, concat(", ", allowed)]),
		"fix": "build on an allowed builder, or add this one to provenance.allowed_builders of the profile",
		"evidence": {"statement": statements.digest_of(statement), "builder": builder},
	}
}

# METADATA
# title: Provenance carries a time
# description: Without a time nobody can say which statement is the newest.
# scope: rule
# custom:
#   code: PROVENANCE_TIME_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.undated(about, considered)
}

# METADATA
# title: The age of provenance can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: PROVENANCE_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.clockless(about)
}

# METADATA
# title: The profile says what provenance must show
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: PROVENANCE_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	some violation in profile.gaps("provenance", needs)
}
