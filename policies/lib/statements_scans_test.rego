package supplychain.lib.statements_scans_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.lib.statements

by(name, changes) := sample.changed(sample.changed(sample.sast, {"predicate": {"scanner": {"name": name}}, "digest": name}), changes)

chosen(considered) := names if {
	found := statements.newest_scans("sast") with input as sample.document_of(considered)
		with data.profile as sample.profile
	names := {statements.digest_of(statement) | some statement in found}
}

later := {"time": "2026-11-20T23:00:00Z"}

test_another_scanner_takes_no_place if chosen([by("a", {}), by("b", later)]) == {"a", "b"}

test_the_same_scanner_does if chosen([by("a", {}), sample.changed(by("a", later), {"digest": "new"})]) == {"new"}

test_a_merged_scan_goes_before_its_parts_and_no_part_before_it if {
	chosen([by("a", {}), by("b", {}), by("c", {}), by("a+b", later)]) == {"a+b", "c"}
	chosen([by("a+b", {}), by("a", later)]) == {"a+b", "a"}
}

test_what_is_stale_stands_aside_while_another_is_fresh if {
	stale := {"time": "2026-10-01T00:00:00Z"}
	chosen([by("a", stale), by("b", {})]) == {"b"}
	chosen([by("a", stale), by("b", {"time": "2026-10-02T00:00:00Z"})]) == {"b"}
}

test_without_a_time_it_counts if {
	chosen([by("a", {"time": null}), sample.changed(by("a", later), {"digest": "new"})]) == {"a", "new"}
}

test_odd_names_are_names if {
	every odd in [null, 5, {}] {
		count(chosen([by("a", {}), sample.changed(by("b", later), {"predicate": {"scanner": {"name": odd}}})])) == 2
	}
}

test_one_by_nobody_known_goes_behind_a_newer_one if {
	unnamed := sample.changed(by("a", {}), {"digest": "unnamed", "predicate": {"scanner": {"name": ""}}})
	chosen([unnamed, by("b", later)]) == {"b"}
}

# The newest of two dependency scans, by what they have as their URI.
chosen_vulns(first, second) := names if {
	older := sample.changed(sample.vulns, {"digest": "older", "predicate": {"scanner": {"uri": first}}})
	newer := sample.changed(sample.vulns, object.union(later, {"digest": "newer", "predicate": {"scanner": {"uri": second}}}))
	found := statements.newest_scans("dependencies") with input as sample.document_of([older, newer])
		with data.profile as sample.profile
	names := {statements.digest_of(statement) | some statement in found}
}

test_a_dependency_scanner_is_known_by_the_end_of_its_uri if {
	chosen_vulns("urn:supplychain:scanner:a", "urn:supplychain:scanner:b") == {"older", "newer"}
	chosen_vulns("urn:supplychain:scanner:a", "https://scanner.example/a") == {"newer"}
	chosen_vulns("urn:a:b", "urn:b:a") == {"older", "newer"}
	chosen_vulns("b", "urn:supplychain:scanner:a+b") == {"newer"}
}
