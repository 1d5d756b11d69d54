# SPDX-License-Identifier: MIT
#
# Bytes of libhaul-bare.a, from `readelf -SW`: one line a routine with its
# variants, then the rest of the code, then what is not code.  The copy core is
# what copies: memcpy and memmove.

function hex(digits, i, n) {
	for (i = 1; i <= length(digits); i++)
		n = n * 16 + index("123456789abcdef", substr(digits, i, 1))
	return n
}

# The part that a member belongs to.
/^File: / {
	part = "other"
	for (i = 1; i <= parts; i++)
		if (index($0, "-" names[i]))
			part = names[i]
}

BEGIN { parts = split("memcpy memmove memset memcmp strnlen atomic", names) }

{ sub(/\[ */, "[") }

# Sections: number, name, type, address, offset, size, entry size, flags.
$1 ~ /^\[[0-9]+\]$/ && $8 ~ /A/ {
	if ($8 ~ /X/)
		kind = part
	else if ($2 == "haul_extable")
		kind = "table"
	else if ($3 == "NOBITS")
		kind = "zeros"
	else
		kind = $8 ~ /W/ ? "data" : "constants"
	size[kind] += hex($6)
}

END {
	for (i = 1; i <= parts; i++) {
		printf "%s %d, ", names[i], size[names[i]]
		code += size[names[i]]
	}
	printf "other code %d\n", size["other"]
	printf "code %d, exception table %d, constants %d, data %d, zeros %d\n", code + size["other"],
		size["table"], size["constants"], size["data"], size["zeros"]
	printf "copy core %d\n", size["memcpy"] + size["memmove"]
}
