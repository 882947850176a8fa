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

# How many builders with a signer of their own vouch for one revision. Builders that one person alone signs for are one,
# and so are persons who all sign for one builder alone: exact up to three.
witnesses(revision) := min(array.concat(
	array.concat([count(builders), count(people)], [all_but(people, own) | some own in sole_people]),
	[all_but(builders, own) | some own in sole_builders],
)) if {
	pairs := {[build.builder, person] | some build in builds; build.revision == revision; some person in build.people}
	builders := {builder | some [builder, _] in pairs}
	people := {person | some [_, person] in pairs}
	sole_people := [own | some builder in builders; own := {person | some person in people; only_pair(pairs, 1, person, builder)}]
	sole_builders := [own | some person in people; own := {builder | some builder in builders; only_pair(pairs, 0, builder, person)}]
}

# How many of all are left when those are counted as one.
all_but(all, own) := count(all) - max([0, count(own) - 1])

# Whether one side's name stands in pairs with that other name alone.
only_pair(pairs, side, name, other) if {
	every pair in pairs {
		is_about(pair, side, name, other)
	}
}

is_about(pair, side, name, _) if pair[side] != name

is_about(pair, side, name, other) if {
	pair[side] == name
	pair[1 - side] == other
}

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
