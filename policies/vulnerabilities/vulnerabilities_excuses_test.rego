package supplychain.vulnerabilities_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.vulnerabilities

thresholds(changes) := sample.profile_with("vulnerabilities", changes)

# VEX

excuse(changes) := object.union(
	{
		"document": "sha256:vex",
		"file": "vex.json",
		"number": 1,
		"author": "them",
		"justification": "component_not_present",
		"expires": null,
		"wide": false,
	},
	changes,
)

vexed(changes) := finding({"status": "not_affected", "vex": excuse(changes)})

by_vex(taken, changes) := run([scan([vexed(changes)])], thresholds({"vex": taken}))

test_accepted_vex_settles_and_is_told if {
	found := by_vex("accept", {})
	found.deny == set()
	some told in found.warn
	told.code == "VEX_EXCUSED"
	told.evidence.findings[0].document == "sha256:vex"
	told.evidence.until == null
	told.evidence.needed == false
	count(found.warn) == 1
}

test_vex_that_only_warns if {
	found := by_vex("warn", {})
	found.deny == set()
	sample.codes(found.warn) == {"VEX_EXCUSED", "VULNERABILITY_FOUND"}
}

test_vex_never_makes_stricter if {
	quiet := finding({"severity": "none", "status": "fixed", "vex": excuse({})})
	sample.codes(run([scan([quiet])], thresholds({"vex": "warn"})).warn) == {"VEX_EXCUSED"}
}

test_refused_vex_settles_nothing if {
	found := by_vex("refuse", {})
	sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	sample.codes(found.warn) == {"VEX_REFUSED"}
}

test_the_end_is_that_of_the_second if {
	later := by_vex("accept", {"expires": "2026-11-21T00:00:01Z"})
	later.deny == set()
	some told in later.warn
	told.evidence.until == "2026-11-21T00:00:01Z"
	told.evidence.needed
	every end in ["2026-11-21T00:00:00Z", "2026-11-20T23:59:59Z"] {
		found := by_vex("accept", {"expires": end})
		sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
		sample.codes(found.warn) == {"VEX_EXPIRED"}
	}
}

test_the_first_end_counts if {
	ends := ["2026-11-23T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-24T00:00:00Z"]
	several := [called(end, vexed({"expires": end})) | some end in ends]
	some told in run([scan(several)], thresholds({"vex": "accept"})).warn
	told.evidence.until == "2026-11-22T00:00:00Z"
}

test_a_settled_finding_without_a_document_counts if {
	odd := [null, "x", {}, excuse({"document": ""}), excuse({"expires": "soon"}), excuse({"expires": 5}), object.remove(excuse({}), ["expires"])]
	every one in odd {
		found := run([scan([finding({"status": "fixed", "vex": one})])], thresholds({"vex": "accept"}))
		sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
		sample.codes(found.warn) == {"VEX_UNNAMED"}
	}
	bare := run([scan([finding({"status": "fixed"})])], thresholds({"vex": "accept"}))
	sample.codes(bare.deny) == {"VULNERABILITY_FOUND"}
}

test_vex_beside_a_finding_that_is_not_settled_says_nothing if {
	found := run([scan([finding({"vex": excuse({})})])], thresholds({"vex": "accept"}))
	sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	found.warn == set()
}

test_an_ended_vex_can_still_be_waived if {
	ended := scan([vexed({"expires": "2026-11-20T00:00:00Z"})])
	found := run([ended, sample.waiver({})], thresholds({"vex": "accept"}))
	found.deny == set()
	"WAIVED" in sample.codes(found.warn)
}

# Baseline

decision(changes) := object.union(
	{
		"source": "last.json",
		"form": "decision",
		"digest": "sha256:last",
		"names": ["shop-0.9-py3-none-any.whl"],
		"artifacts": ["sha256:bbbb"],
		"environment": "production",
		"verdict": "ALLOW",
		"vouchedBy": ["gate"],
		"kinds": ["dependencies"],
		"complete": true,
		"known": 1,
	},
	changes,
)

held(baseline, findings) := object.union(
	scan(findings),
	{"predicate": {"baseline": baseline}},
)

patient := thresholds({"known_before": "warn"})

old := finding({"new": false})

test_known_before_only_warns_and_is_counted if {
	found := run([held(decision({}), [old])], patient)
	found.deny == set()
	sample.codes(found.warn) == {"VULNERABILITY_FOUND", "BASELINE_EXCUSED"}
	some told in found.warn
	told.code == "BASELINE_EXCUSED"
	contains(told.message, "1 findings are excused because the baseline decision:production:sha256:last")
	told.evidence.baseline.digest == "sha256:last"
	told.evidence.findings[0].aliases == ["CVE-1"]
}

test_known_before_may_be_ignored_but_is_told if {
	found := run([held(decision({}), [old])], thresholds({"known_before": "ignore"}))
	found.deny == set()
	sample.codes(found.warn) == {"BASELINE_EXCUSED"}
}

test_new_and_unknown_ones_deny if {
	every odd in [true, null, "false", 0] {
		found := run([held(decision({}), [finding({"new": odd})])], patient)
		sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
		found.warn == set()
	}
}

test_a_strict_profile_excuses_nothing if {
	found := run([held(decision({}), [old])], sample.profile)
	sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	found.warn == set()
}

# Each fault of a baseline has its code, and then nothing is excused.
faults := {
	"BASELINE_NOT_ACCEPTED": [
		decision({"environment": "dev"}),
		decision({"form": "sbom"}),
		decision({"digest": ""}),
	],
	"BASELINE_NOT_ALLOWED": [decision({"verdict": "DENY"}), decision({"verdict": null})],
	"BASELINE_UNVOUCHED": [decision({"vouchedBy": []}), decision({"vouchedBy": "gate"})],
	"BASELINE_OF_ITSELF": [decision({"artifacts": [sprintf("sha256:%s", [sample.sha256])]})],
	"BASELINE_OTHER_ARTIFACT": [decision({"names": ["bank-1.0.whl"]}), decision({"names": []}), decision({"names": ["1.0"]})],
}

test_faults_excuse_nothing if {
	every code, baselines in faults {
		every baseline in baselines {
			found := run([held(baseline, [old])], patient)
			sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
			sample.codes(found.warn) == {code}
		}
	}
}

test_no_baseline_excuses_nothing if {
	every baseline in [null, "HEAD", []] {
		found := run([held(baseline, [old])], patient)
		sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
		sample.codes(found.warn) == {"BASELINE_MISSING"}
	}
	sample.codes(run([scan([old])], patient).warn) == {"BASELINE_MISSING"}
}

any_revision := thresholds({"known_before": "warn", "baselines": ["revision:*"]})

revision(commit) := decision({"form": "revision", "digest": sprintf("gitCommit:%s", [commit]), "names": [], "artifacts": []})

test_the_revision_that_was_built_is_no_baseline if {
	own := revision(sample.source.digest.gitCommit)
	found := run([held(own, [old]), sample.provenance], any_revision)
	sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	sample.codes(found.warn) == {"BASELINE_OF_ITSELF"}
	run([held(revision("1234"), [old]), sample.provenance], any_revision).deny == set()
}

test_names_are_compared_without_version_and_ending if {
	every name in ["Shop_2.1.tar.gz", "shop", "shop-v2", "SHOP@3.zip", "shop-1.0-py3-none-any.whl"] {
		run([held(decision({"names": [name]}), [old])], patient).deny == set()
	}
	every name in ["shopping-1.0.whl", "my-shop-1.0.whl", "", "-1.0"] {
		count(run([held(decision({"names": [name]}), [old])], patient).deny) == 1
	}
}

test_each_statement_stands_with_its_own_baseline if {
	bare := object.union(scan([finding({"new": false})]), {"digest": "sha256:other"})
	found := run([held(decision({}), [old]), bare], patient)
	count(found.deny) == 1
	sample.codes(found.warn) == {"BASELINE_EXCUSED", "BASELINE_MISSING", "VULNERABILITY_FOUND"}
}

test_mixed_statements_are_whole if {
	count(vulnerabilities.needs) == 7
}
