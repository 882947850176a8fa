# The part of the rule `licenses` that reads the licences a finding names, and holds them against the lists of the profile.
package supplychain.licenses

import data.supplychain.lib.shape

is_known(finding) if {
	startswith(finding.id, "license:")
	every choice in choices(finding) {
		is_clear(choice)
	}
}

# Names licences that hold together, each of them; alternatives are choices of their own.
is_clear(choice) if {
	regex.match("^license:[^ ()]+(?: [^ ()]+)*$", choice)
	not contains(lower(choice), " or ")
	choice != "license:unknown"
}

# One of the alternatives will do.
is_acceptable(finding) if {
	some choice in choices(finding)
	every term in split(lower(trim_prefix(choice, "license:")), " and ") {
		is_fine(term)
	}
}

choices(finding) := found if {
	found := shape.texts(finding, ["aliases"])
	found != []
} else := [finding.id]

# An exception (WITH) only adds permissions: the licence without it decides, unless the whole is named.
base(term) := split(term, " with ")[0]

is_fine(term) if {
	is_allowed(term)
	not is_refused(term)
}

is_allowed(_) if is_null(allowed)

is_allowed(term) if {
	some name in {term, base(term)}
	name in allowed_names
}

is_refused(term) if {
	some name in {term, base(term)}
	name in denied
	not is_excused(term, name)
}

# What is named as a whole among the allowed is not refused for the licence that its exception belongs to.
is_excused(term, name) if {
	term != name
	term in allowed_names
}
