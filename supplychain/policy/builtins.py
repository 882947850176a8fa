"""The Rego built-ins a policy may call under the default engine: known to regorus, and pure.

Left out on purpose: `time.now_ns` (the clock is `input.at`), `http.send`, `net.lookup_ip_addr`, `rand.intn`,
`opa.runtime`, `uuid.rfc4122` (random), `trace` and `print`, and whatever regorus does not know.
"""

_NAMES = """
    abs array.concat array.reverse array.slice base64.decode base64.encode base64.is_valid base64url.decode
    base64url.encode base64url.encode_no_pad bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor ceil concat
    contains count endswith floor format_int glob.match glob.quote_meta graph.reachable graph.reachable_paths
    hex.decode hex.encode indexof indexof_n intersection is_array is_boolean is_null is_number is_object is_set
    is_string json.filter json.is_valid json.marshal json.patch json.remove json.unmarshal lower max min
    net.cidr_contains net.cidr_expand net.cidr_is_valid numbers.range numbers.range_step object.filter
    object.get object.keys object.remove object.subset object.union object.union_n product
    regex.find_all_string_submatch_n regex.find_n regex.is_valid regex.match regex.replace regex.split replace
    round semver.compare semver.is_valid sort split sprintf startswith strings.any_prefix_match
    strings.any_suffix_match strings.count strings.replace_n strings.reverse substring sum time.add_date
    time.clock time.date time.diff time.format time.parse_duration_ns time.parse_ns time.parse_rfc3339_ns
    time.weekday to_number trim trim_left trim_prefix trim_right trim_space trim_suffix type_name union
    units.parse units.parse_bytes upper urlquery.decode urlquery.decode_object urlquery.encode
    urlquery.encode_object uuid.parse walk yaml.is_valid yaml.marshal yaml.unmarshal
"""
PURE = frozenset(_NAMES.split())
"""Names as OPA spells them (https://www.openpolicyagent.org/docs/policy-reference)."""
