# METADATA
# scope: package
# title: Infrastructure as code
# description: >-
#   The newest scan of infrastructure code and deployment manifests found nothing that the profile does not accept.
# custom:
#   controls:
#     nist_ssdf: [PW.9.1, RV.1.2]
#     soc2: [CC6.6, CC7.1]
#     iso27001: [A.8.9, A.8.27]
#     pci_dss: ["2.2.1", "6.2.4"]
package supplychain.iac

import data.supplychain.lib.break_glass
import data.supplychain.lib.judging
import data.supplychain.lib.profile
import data.supplychain.lib.statements
import data.supplychain.lib.waivers

needs := {
	"missing": "deny or warn",
	"severities": "deny, warn or ignore for each severity",
	"named": "deny, warn or ignore by id",
}

considered := statements.newest_scans("iac")

judged := judging.judged(
	considered,
	profile.threshold("iac", "severities", needs.severities),
	profile.threshold("iac", "named", needs.named),
)

waivable := judging.waivable(judged)

# Every name of a finding to the positions where it stands.
named[id] contains position if {
	some position, finding in waivable
	some id in finding.ids
}

# Position of a finding to the waivers that cover it; without waivers nothing is compared.
covered[position] contains waiver if {
	some waiver in waivers.in_force
	some position in named[waiver.waives]
	waivers.reaches(waiver, waivable[position])
}

# Findings that no waiver covers.
unwaived := judged if count(waivers.in_force) == 0

unwaived := [entry | some position, entry in judged; not covered[position]] if count(waivers.in_force) > 0

absence := judging.absence("IAC_MISSING", "infrastructure scans", "iac", considered)

found := {violation |
	some entry in unwaived
	entry.reaction == "deny"
	violation := judging.violation("IAC_FOUND", entry)
}

# METADATA
# title: No misconfiguration that the profile denies
# description: Every open finding that the profile denies, by its id or else by its severity.
# scope: rule
# custom:
#   code: IAC_FOUND
#   severity: high
#   controls:
#     nist_ssdf: [PW.9.1, RV.1.2]
#     soc2: [CC6.6, CC7.1]
#     iso27001: [A.8.9, A.8.27]
#     pci_dss: ["2.2.1", "6.2.4"]
deny contains violation if {
	not break_glass.is_open("iac")
	some violation in found
}

# METADATA
# title: What the profile only warns about
# description: Every open finding that the profile warns about, by its id or else by its severity.
# scope: rule
# custom:
#   code: IAC_FOUND
#   severity: medium
#   controls:
#     nist_ssdf: [PW.9.1, RV.1.2]
#     soc2: [CC6.6, CC7.1]
#     iso27001: [A.8.9, A.8.27]
#     pci_dss: ["2.2.1", "6.2.4"]
warn contains judging.violation("IAC_FOUND", entry) if {
	some entry in unwaived
	entry.reaction == "warn"
}

# METADATA
# title: What somebody has taken upon himself
# description: A verified waiver that is in force covers the finding; its owner answers for it until it ends.
# scope: rule
# custom:
#   code: WAIVED
#   severity: medium
#   controls:
#     nist_ssdf: [RV.2.2]
#     soc2: [CC3.2]
warn contains waivers.told(waiver, judging.told_about(entry)) if {
	some position, waived_by in covered
	some waiver in waived_by
	entry := judged[position]
	entry.reaction != "ignore"
}

# METADATA
# title: What is let pass because the glass is broken
# description: Two persons or more have said that this rule may be broken for a few hours.
# scope: rule
# custom:
#   code: BREAK_GLASS_OPEN
#   severity: critical
#   controls:
#     soc2: [CC7.4, CC8.1]
#     iso27001: [A.5.26, A.8.32]
warn contains break_glass.told("iac", violation) if {
	break_glass.is_open("iac")
	some violation in found
}

# METADATA
# title: A scan exists
# description: No scan means no knowledge, not a safe configuration.
# scope: rule
# custom:
#   code: IAC_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.9.1, RV.1.2]
#     soc2: [CC6.6, CC7.1]
#     iso27001: [A.8.9, A.8.27]
#     pci_dss: ["2.2.1", "6.2.4"]
deny contains violation if {
	profile.threshold("iac", "missing", needs.missing) == "deny"
	some violation in absence
}

# METADATA
# title: A scan exists (a warning where the profile says so)
# description: No scan means no knowledge, not a safe configuration.
# scope: rule
# custom:
#   code: IAC_MISSING
#   severity: low
#   controls:
#     nist_ssdf: [PW.9.1, RV.1.2]
#     soc2: [CC6.6, CC7.1]
#     iso27001: [A.8.9, A.8.27]
#     pci_dss: ["2.2.1", "6.2.4"]
warn contains violation if {
	profile.threshold("iac", "missing", needs.missing) == "warn"
	some violation in absence
}

# METADATA
# title: The findings can be read
# description: The findings are a list of objects with an id; a finding that cannot be read cannot be judged.
# scope: rule
# custom:
#   code: IAC_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2, RV.1.2]
cannot_tell contains violation if {
	some violation in judging.malformed("IAC_MALFORMED", "infrastructure scans", considered)
}

# METADATA
# title: The profile says what it accepts
# description: A severity without a reaction cannot be judged, and findings mean nothing unless the rule scan checks the scan.
# scope: rule
# custom:
#   code: IAC_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains gap if {
	some gap in (profile.gaps("iac", needs) | profile.companion_gaps("iac", ["scan"]))
}
