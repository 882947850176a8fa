# The part of the rule `approvals` that asks who has written what is approved.
package supplychain.approvals

import data.supplychain.lib.shape
import data.supplychain.lib.statements

# Author and committer of the source, as the newest provenance knows them, in lower case.
authors := {lower(name) |
	some statement in statements.newest(statements.of_kind("provenance"))
	some dependency in shape.list(statement, ["predicate", "buildDefinition", "resolvedDependencies"])
	some name in shape.texts(dependency, ["annotations", "authors"])
}

own_approvals := {person | exclude_author; some person in approving; lower(person) in authors}

counted := approving - own_approvals

# METADATA
# title: Authors do not approve their own work
# description: An approval by an author or committer of the source is told and does not count.
# scope: rule
# custom:
#   code: APPROVAL_BY_AUTHOR
#   severity: medium
#   controls:
#     soc2: [CC5.1]
#     iso27001: [A.5.3]
#     pci_dss: ["6.5.2"]
warn contains violation if {
	some person in own_approvals
	violation := {
		"code": "APPROVAL_BY_AUTHOR",
		"message": sprintf("%s approves and is an author of the source; that does not count", [person]),
		"fix": "have somebody else approve",
		"evidence": {"person": person},
	}
}

# METADATA
# title: It is known whether an approver is an author
# description: Authors are known by e-mail address; a person whom the trust file does not call by one cannot be told from them.
# scope: rule
# custom:
#   code: APPROVER_NOT_COMPARABLE
#   severity: medium
#   controls:
#     soc2: [CC5.1]
#     iso27001: [A.5.3]
#     pci_dss: ["6.5.2"]
warn contains violation if {
	exclude_author
	some author in authors
	contains(author, "@")
	some person in counted
	not contains(person, "@")
	violation := {
		"code": "APPROVER_NOT_COMPARABLE",
		"message": sprintf("%s approves; authors are known by e-mail address, so nobody can say that this is none", [person]),
		"fix": "write the address that stands in this person's commits as `person` of the identity in trust.yaml",
		"evidence": {"person": person},
	}
}

# METADATA
# title: The author is known
# description: Where authors may not approve, somebody has to say who they are.
# scope: rule
# custom:
#   code: APPROVALS_AUTHOR_UNKNOWN
#   severity: high
#   controls:
#     soc2: [CC5.1]
#     iso27001: [A.5.3]
cannot_tell contains violation if {
	exclude_author
	needed > 0
	count(authors) == 0
	violation := {
		"code": "APPROVALS_AUTHOR_UNKNOWN",
		"message": "the newest provenance names no author of the source, and authors may not approve",
		"fix": "build from a git commit, or set approvals.exclude_author to false in the profile",
		"evidence": {},
	}
}
