# METADATA
# scope: package
# title: Rebuilt
# description: >-
#   Different builders, whose word different signers give, made the very same bytes from the same revision of the source:
#   one of them alone could not have put something in.
# custom:
#   controls:
#     slsa: [Build L3]
#     nist_ssdf: [PO.3.2, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.5.21, A.8.25]
package supplychain.rebuilt

import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"min_builders": "number",
	"min_builder_level": "number",
}

wanted := max([2, profile.threshold("rebuilt", "min_builders", needs.min_builders)])

min_level := profile.threshold("rebuilt", "min_builder_level", needs.min_builder_level)

# One entry for each provenance by a builder worth enough; every statement names the same bytes, or it would not be here.
builds := [build |
	some statement in statements.of_kind("provenance")
	shape.number(statement, ["builder_level"], 0) >= min_level
	build := {
		"builder": shape.text(statement, ["predicate", "runDetails", "builder", "id"]),
		"people": {person | some person in shape.texts(statement, ["people"])},
		"revision": revision_of(statement),
		"statement": statements.digest_of(statement),
	}
	build.builder != ""
	count(build.people) > 0
]

# The source is the first dependency with a commit; a library that two builds share is no common revision.
revision_of(statement) := commits[0] if {
	commits := [commit |
		some dependency in shape.list(statement, ["predicate", "buildDefinition", "resolvedDependencies"])
		commit := shape.text(dependency, ["digest", "gitCommit"])
		commit != ""
	]
}

revisions := {build.revision | some build in builds}

# How many builders with a signer of their own vouch for one revision. Builders for which one person alone signs count as
# one; exact up to three.
witnesses(revision) := min(array.concat([count(builders), count(people)], apart)) if {
	pairs := {[build.builder, person] | some build in builds; build.revision == revision; some person in build.people}
	builders := {builder | some [builder, _] in pairs}
	people := {person | some [_, person] in pairs}
	apart := [all_but(count(builders), count(alone)) |
		some person in people
		alone := {builder | some builder in builders; signers(pairs, builder) == {person}}
	]
}

# How many are left of all when some of them count as one.
all_but(all, some_of_them) := all - max([0, some_of_them - 1])

signers(pairs, builder) := {person | some [known, person] in pairs; known == builder}

most := max(array.concat([0], [witnesses(revision) | some revision in revisions]))

# METADATA
# title: Enough builders made the same bytes
# description: At least the profile's min_builders from one revision, and never fewer than two.
# scope: rule
# custom:
#   code: REBUILT_TOO_FEW
#   severity: high
#   controls:
#     slsa: [Build L3]
#     nist_ssdf: [PO.3.2, PS.3.2]
#     iso27001: [A.5.21]
deny contains violation if {
	most < wanted
	builders := {build.builder | some build in builds}
	violation := {
		"code": "REBUILT_TOO_FEW",
		"message": sprintf("%v independent builders made these bytes from one revision, expected %v (builders: %s)", [
			most,
			wanted,
			shape.listing(sort(builders), 5),
		]),
		"fix": "build the same revision on another builder, compare the bytes, and keep both provenances",
		"evidence": {"builders": sort(builders), "revisions": sort(revisions), "found": most, "wanted": wanted},
	}
}

# METADATA
# title: The profile says how many builders it takes
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: REBUILT_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("rebuilt", needs)
