"""The Rego built-ins a policy may call under the default engine: known to regorus, pure, and answering as OPA does.

`rego_support.json` holds the evidence: what OPA answered to the probes of `tests/policies/probes.txt`, and whether
regorus answers the same. Left out on purpose: what is impure, what regorus does not know, and what it answers otherwise
(`strings.count`, `time.format`, `yaml.unmarshal`, …). EDGES are those that differ in corners only.
"""

import re

_NAMES = """
    abs array.concat array.reverse array.slice base64.decode base64.encode base64.is_valid base64url.decode
    base64url.encode base64url.encode_no_pad bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor ceil concat
    contains count endswith floor format_int glob.match graph.reachable graph.reachable_paths hex.decode hex.encode
    indexof_n intersection is_array is_boolean is_null is_number is_object is_set is_string json.filter
    json.is_valid json.patch json.remove json.unmarshal lower max min net.cidr_contains net.cidr_expand
    net.cidr_is_valid numbers.range numbers.range_step object.filter object.get object.keys object.remove
    object.subset object.union object.union_n product regex.find_all_string_submatch_n regex.find_n regex.is_valid
    regex.match regex.replace regex.split replace round semver.compare sort split sprintf startswith
    strings.any_prefix_match strings.any_suffix_match strings.reverse substring sum time.clock time.date time.diff
    time.parse_duration_ns time.parse_rfc3339_ns time.weekday to_number trim trim_left trim_prefix trim_right
    trim_space trim_suffix type_name union units.parse units.parse_bytes upper urlquery.decode_object
    urlquery.encode_object uuid.parse walk yaml.is_valid
"""
PURE = frozenset(_NAMES.split())
"""Names as OPA spells them (https://www.openpolicyagent.org/docs/policy-reference)."""

IMPURE = frozenset(
    {
        "crypto.x509.parse_and_verify_certificates",
        "crypto.x509.parse_and_verify_certificates_with_options",
        "http.send",
        "io.jwt.decode_verify",
        "net.lookup_ip_addr",
        "opa.runtime",
        "print",
        "rand.intn",
        "time.now_ns",
        "trace",
        "uuid.rfc4122",
    }
)
"""What no policy may call under any engine: clocks (some look at certificates and tokens by them), network, chance."""

EDGES = {
    "count": "letters beyond U+FFFF in a text: regorus counts each as two",
    "lower": "letters that change their length",
    "regex.match": r"\d, \w, \s, \b mean Unicode under regorus: such a pattern is refused",
    "regex.split": "an empty pattern",
    "sort": "objects against sets",
    "sprintf": "verbs other than %s %d %v %q, widths and flags: such a format is refused; a wrong argument",
    "sum": "fractions: 0.1 + 0.2",
    "time.parse_rfc3339_ns": "lower case t and z, a blank for T: regorus reads them; lib/moment refuses them",
    "to_number": "blanks around the digits",
    "upper": "letters that change their length",
}
"""Built-ins that may be called although a probe differs: where they do, and what guards against it."""
_FORMAT = re.compile(r"(?:[^%]|%[sdvq%]|%\.\d+f)*", re.DOTALL)
_CLASS = re.compile(r"\\[dwsbDWSB]")


def differs(name: str, text: str) -> str:
    """Why a call with this constant first argument is answered otherwise than by OPA; empty: it is not.

    Args:
        name: The built-in.
        text: Its first argument, when that is a constant text; else empty.
    """
    if name == "sprintf" and not _FORMAT.fullmatch(text):
        return "only %s %d %v %q %% and %.2f are formatted as OPA does"
    if name.startswith("regex.") and _CLASS.search(text):
        return "\\d, \\w, \\s and \\b mean Unicode here and ASCII in OPA: write [0-9], [0-9A-Za-z_], [ \\t]"
    return ""
