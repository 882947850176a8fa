package supplychain.secrets_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.secrets

run(statements, profile) := found if {
	found := {"deny": secrets.deny, "warn": secrets.warn, "cannot_tell": secrets.cannot_tell} with input as sample.document_of(statements)
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

finding(changes) := object.union(
	{
		"id": "weak",
		"title": "something is wrong here",
		"severity": "high",
		"status": "affected",
		"location": {"path": "deploy/app.yaml", "line": 7},
	},
	changes,
)

scan(findings) := object.union(sample.sast, {"digest": "sha256:secrets", "predicate": {"scanner": {"kind": "secrets"}, "findings": findings}})

result(findings) := run([scan(findings)], sample.profile)

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_no_finding_passes if result([]) == nothing

test_finding_denies_with_its_place_and_help if {
	some violation in result([finding({"help": "turn it off in the manifest"})]).deny
	violation.code == "SECRET_FOUND"
	violation.message == "deploy/app.yaml:7 has weak (high): something is wrong here"
	violation.fix == "turn it off in the manifest"
	some other in result([finding({})]).deny
	startswith(other.fix, "change deploy/app.yaml:7")
}

test_finding_without_a_place_is_about_the_artifact if {
	some violation in result([finding({"location": null})]).deny
	startswith(violation.message, "the artifact has weak (high)")
}

test_low_warns_and_none_is_ignored if {
	found := result([finding({"severity": "low"})])
	sample.codes(found.warn) == {"SECRET_FOUND"}
	found.deny == set()
	result([finding({"severity": "none"})]) == nothing
}

test_odd_severity_is_unknown if {
	some violation in result([finding({"severity": "ERROR"})]).deny
	violation.evidence.severity == "unknown"
}

test_an_id_goes_before_the_severity if {
	run([scan([finding({})])], sample.profile_with("secrets", {"named": {"weak": "ignore"}})) == nothing
	strict := sample.profile_with("secrets", {"named": {"weak": "deny"}})
	count(run([scan([finding({"severity": "none"})])], strict).deny) == 1
}

test_settled_findings_pass if {
	every status in ["not_affected", "fixed", "waived"] {
		result([finding({"status": status})]) == nothing
	}
}

test_a_waiver_covers_a_finding_in_its_scope_only if {
	inside := sample.waiver({"waives": "weak", "scope": {"component": "", "path": "deploy/*"}})
	covered := run([scan([finding({})]), inside], sample.profile)
	covered.deny == set()
	sample.codes(covered.warn) == {"WAIVED"}
	outside := sample.waiver({"waives": "weak", "scope": {"component": "", "path": "src/*"}})
	sample.codes(run([scan([finding({})]), outside], sample.profile).deny) == {"SECRET_FOUND"}
}

test_a_broken_glass_turns_a_denial_into_a_warning if {
	broken := [sample.broken("secrets", "ada"), sample.broken("secrets", "bob")]
	found := run(array.concat([scan([finding({})])], broken), sample.profile)
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
	alone := run([scan([finding({})]), broken[0]], sample.profile)
	sample.codes(alone.deny) == {"SECRET_FOUND"}
}

test_older_passing_scan_does_not_hide_newer_failing_one if {
	count(run([sample.newer(scan([finding({})]), {}), scan([])], sample.profile).deny) == 1
	run([scan([finding({})]), sample.newer(scan([]), {})], sample.profile) == nothing
}

test_no_scan_denies if sample.codes(run([sample.vulns], sample.profile).deny) == {"SECRETS_MISSING"}

test_no_scan_warns_where_the_profile_says_so if {
	found := run([sample.vulns], sample.profile_with("secrets", {"missing": "warn"}))
	sample.codes(found.warn) == {"SECRETS_MISSING"}
	found.deny == set()
}

test_unreadable_findings_cannot_tell if {
	every findings in [null, {}, ["x"], [{"id": ""}]] {
		sample.codes(result(findings).cannot_tell) == {"SECRETS_MALFORMED"}
	}
}

test_absent_thresholds_cannot_tell if {
	found := run([scan([])], {"rules": ["scan"]}).cannot_tell
	sample.codes(found) == {"SECRETS_PROFILE_DATA_MISSING"}
	count(found) == 3
}

test_findings_without_the_rule_scan_cannot_tell if {
	found := run([scan([])], object.union(sample.profile, {"rules": ["secrets"]})).cannot_tell
	count(found) == 1
}

test_a_verified_secret_denies_whatever_the_profile_says if {
	lenient := sample.profile_with("secrets", {"named": {"weak": "ignore"}})
	denied := run([scan([finding({"verified": true})])], lenient).deny
	sample.codes(denied) == {"SECRET_VERIFIED"}
	waiver := sample.waiver({"waives": "weak", "scope": {"component": "", "path": "deploy/app.yaml"}})
	sample.codes(run([scan([finding({"verified": true})]), waiver], sample.profile).deny) == {"SECRET_VERIFIED"}
	sample.codes(run([scan([finding({"verified": true})]), sample.broken("secrets", "ada"), sample.broken("secrets", "bob")], sample.profile).deny) == {"SECRET_VERIFIED"}
}

test_a_verified_secret_denies_whatever_the_scan_says_of_its_status if {
	every status in ["not_affected", "fixed", "waived"] {
		sample.codes(result([finding({"status": status, "verified": true})]).deny) == {"SECRET_VERIFIED"}
	}
}

test_a_verified_secret_without_an_id_denies_too if {
	sample.codes(result([finding({"id": "", "verified": true})]).deny) == {"SECRET_VERIFIED"}
}

test_an_odd_word_about_verification_counts_as_verified if {
	every odd in ["true", 1, {}] {
		"SECRET_VERIFIED" in sample.codes(result([finding({"verified": odd})]).deny)
	}
	every plain in [false, null] {
		sample.codes(result([finding({"verified": plain})]).deny) == {"SECRET_FOUND"}
	}
}

waived(severity) := found if {
	inside := sample.waiver({"waives": "weak", "scope": {"component": "", "path": "deploy/*"}})
	some found in run([scan([finding({"severity": severity})]), inside], sample.profile).warn
}

test_a_waiver_says_whether_it_was_needed if {
	waived("high").evidence.needed == true
	waived("low").evidence.needed == false
	waived("high").code == "WAIVED"
}

test_a_nameless_finding_is_malformed_and_nothing_else if result([finding({"id": ""})]).deny == set()

test_help_is_the_fix_if_it_says_enough if {
	some told in result([finding({"help": "elevenchars"})]).deny
	told.fix == "elevenchars"
	some untold in result([finding({"help": "ten chars!"})]).deny
	startswith(untold.fix, "change deploy/app.yaml:7 as weak asks")
}

test_a_finding_without_a_line_has_line_zero if {
	some violation in result([finding({"location": {"path": "a", "line": "7"}})]).deny
	violation.evidence.line == 0
}
