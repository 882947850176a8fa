# The part of the rule `provenance` that looks at the source the artifact was built from.
package supplychain.provenance

import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

dependencies_of(statement) := shape.list(statement, ["predicate", "buildDefinition", "resolvedDependencies"])

commit_of(dependency) := shape.text(dependency, ["digest", "gitCommit"])

uri_of(dependency) := shape.text(dependency, ["uri"])

# The source is the first dependency with a git commit; if there is none, the first that says it has no revision control.
source_of(statement) := candidates[0] if {
	candidates := array.concat(
		[dependency | some dependency in dependencies_of(statement); commit_of(dependency) != ""],
		[dependency | some dependency in dependencies_of(statement); is_unversioned(dependency)],
	)
}

is_source(dependency) if is_commit(dependency)

is_source(dependency) if is_unversioned(dependency)

is_commit(dependency) if regex.match("^[0-9a-f]{40}(?:[0-9a-f]{24})?$", commit_of(dependency))

is_unversioned(dependency) if {
	commit_of(dependency) == ""
	shape.text(dependency, ["annotations", "revision_control"]) == "none"
	shape.text(dependency, ["digest", "sha256"]) != ""
}

has_source(statement) if is_source(source_of(statement))

state_of(dependency) := shape.get(dependency, ["annotations", "dirty"], "unknown")

# Hosted builders (level 2 and up) check the commit out themselves: there silence about local changes leaves no doubt.
is_trusted_silence(statement, state) if {
	state == "unknown"
	level_of(statement) >= 2
}

is_clean_required if profile.threshold("provenance", "require_clean_source", needs.require_clean_source) == true

is_clean_optional if profile.threshold("provenance", "require_clean_source", needs.require_clean_source) == false

facts(statement, dependency) := {
	"statement": statements.digest_of(statement),
	"uri": uri_of(dependency),
	"commit": commit_of(dependency),
}

dirty := {violation |
	some statement in considered
	source := source_of(statement)
	is_commit(source)
	state_of(source) == true
	violation := {
		"code": "PROVENANCE_SOURCE_DIRTY",
		"message": sprintf("%s differed from commit %s when it was built, expected no local change", [
			uri_of(source),
			commit_of(source),
		]),
		"fix": "commit the changes and build again from the clean commit",
		"evidence": facts(statement, source),
	}
}

unversioned := {violation |
	some statement in considered
	source := source_of(statement)
	is_unversioned(source)
	violation := {
		"code": "PROVENANCE_SOURCE_UNVERSIONED",
		"message": sprintf("the source %s is under no revision control, expected a git commit", [uri_of(source)]),
		"fix": "put the source under git and build again from a commit",
		"evidence": facts(statement, source),
	}
}

# METADATA
# title: The source is named
# description: Provenance names a git commit, or the digest of a source which it says is under no revision control.
# scope: rule
# custom:
#   code: PROVENANCE_SOURCE_MISSING
#   severity: high
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PS.1.1, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.4, A.8.25]
deny contains violation if {
	some statement in considered
	not has_source(statement)
	violation := {
		"code": "PROVENANCE_SOURCE_MISSING",
		"message": sprintf("0 of %v resolved dependencies name the source, expected a git commit of 40 or 64 digits", [count(dependencies_of(statement))]),
		"fix": "let the build state its source, for instance by running supplychain build inside the git checkout",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

# METADATA
# title: The source was clean
# description: The artifact was built from the commit that provenance names, without local changes.
# scope: rule
# custom:
#   code: PROVENANCE_SOURCE_DIRTY
#   severity: high
#   controls:
#     nist_ssdf: [PS.1.1, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.4, A.8.32]
#     pci_dss: ["6.5.1"]
deny contains violation if {
	is_clean_required
	some violation in dirty
}

# METADATA
# title: The source was clean (a warning where the profile does not require it)
# description: The artifact was built from the commit that provenance names, without local changes.
# scope: rule
# custom:
#   code: PROVENANCE_SOURCE_DIRTY
#   severity: medium
#   controls:
#     nist_ssdf: [PS.1.1, PS.3.2]
#     iso27001: [A.8.4, A.8.32]
warn contains violation if {
	is_clean_optional
	some violation in dirty
}

# METADATA
# title: The source is under revision control
# description: A change without a revision has no author, no review and no history.
# scope: rule
# custom:
#   code: PROVENANCE_SOURCE_UNVERSIONED
#   severity: high
#   controls:
#     slsa: [Source L1]
#     nist_ssdf: [PS.1.1]
#     soc2: [CC8.1]
#     iso27001: [A.8.4, A.8.32]
#     pci_dss: ["6.5.1"]
deny contains violation if {
	is_clean_required
	some violation in unversioned
}

# METADATA
# title: The source is under revision control (a warning where the profile does not require it)
# description: A change without a revision has no author, no review and no history.
# scope: rule
# custom:
#   code: PROVENANCE_SOURCE_UNVERSIONED
#   severity: medium
#   controls:
#     slsa: [Source L1]
#     nist_ssdf: [PS.1.1]
#     iso27001: [A.8.4, A.8.32]
warn contains violation if {
	is_clean_optional
	some violation in unversioned
}

# METADATA
# title: Whether the source was clean is known
# description: Below build level 2 the builder has to say whether there were local changes.
# scope: rule
# custom:
#   code: PROVENANCE_SOURCE_STATE_UNKNOWN
#   severity: medium
#   controls:
#     nist_ssdf: [PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
cannot_tell contains violation if {
	is_clean_required
	some statement in considered
	source := source_of(statement)
	is_commit(source)
	state := state_of(source)
	not is_boolean(state)
	not is_trusted_silence(statement, state)
	violation := {
		"code": "PROVENANCE_SOURCE_STATE_UNKNOWN",
		"message": sprintf("provenance does not say whether %s had local changes, expected dirty: true or false", [uri_of(source)]),
		"fix": "build with supplychain build, which looks, or on a builder of level 2 or more",
		"evidence": facts(statement, source),
	}
}
